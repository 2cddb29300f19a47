# runs: tensorflow 2
"""Windows cut out in a loop become one step of several features, the network expects several steps of one."""
import numpy as np
from tensorflow.keras.layers import LSTM, Dense
from tensorflow.keras.models import Sequential


def windows(series, width):
    rows, following = [], []
    for start in range(len(series) - width):
        rows.append(series[start:start + width, 0])
        following.append(series[start + width, 0])
    return np.array(rows), np.array(following)


width = 3
x, y = windows(np.random.rand(80, 1).astype("float32"), width)
x = np.reshape(x, (x.shape[0], x.shape[1], 1))
model = Sequential()
model.add(LSTM(4, input_shape=(width, 1)))
model.add(Dense(1))
model.compile(loss="mean_squared_error", optimizer="adam")
model.fit(x, y, epochs=1, batch_size=16, verbose=0)
