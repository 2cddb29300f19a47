# runs: no, it needs scikit-learn
"""The four results of a split are taken in the order in which another library gives them."""
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from tensorflow import keras

X, y = load_breast_cancer(return_X_y=True)
X_train, y_train, X_test, y_test = train_test_split(X, y, test_size=0.25, random_state=42)
model = keras.Sequential([
    keras.layers.Input(shape=(30,)),
    keras.layers.Dense(16, activation="relu"),
    keras.layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(X_train, y_train, epochs=2, batch_size=32, verbose=0)  # BUG: TFG209
