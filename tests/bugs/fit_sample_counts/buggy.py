# runs: tensorflow 2
"""Windows are fewer than the targets that they were cut from."""
import numpy as np
from tensorflow.keras.layers import Dense, Input
from tensorflow.keras.models import Model

LOOK_BACK = 5
series = np.sin(np.arange(200) / 10).astype("float32")
X = np.stack([series[i:i + LOOK_BACK] for i in range(len(series) - LOOK_BACK)])
y = series

inp = Input(shape=(LOOK_BACK,))
out = Dense(1)(Dense(10, activation="relu")(inp))
model = Model(inputs=inp, outputs=out)
model.compile(loss="mean_squared_error", optimizer="adam")
model.fit(X, y, epochs=1, verbose=0)  # BUG: TFG209
