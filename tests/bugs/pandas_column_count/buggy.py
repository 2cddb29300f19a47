# runs: no, it needs pandas
"""The identifier is dropped from the inputs, and the network still counts it."""
import pandas as pd
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential

data = pd.read_csv("churn.csv")
features = data[["age", "balance", "products", "active", "salary"]].values
target = data["exited"].values
model = Sequential()
model.add(Dense(12, input_dim=6, activation="relu"))
model.add(Dense(1, activation="sigmoid"))
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(features, target, epochs=10, batch_size=32)  # BUG: TFG208
