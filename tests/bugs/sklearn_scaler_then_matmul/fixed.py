# runs: no, it needs scikit-learn
"""What a scaler makes of the data is float64, the weights are float32."""
import tensorflow as tf
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

iris = load_iris()
X_train, X_test, y_train, y_test = train_test_split(iris.data, iris.target, test_size=0.2, random_state=0)
scaler = StandardScaler()
X_train = scaler.fit_transform(X_train)
X_test = scaler.transform(X_test)
features = tf.convert_to_tensor(X_train, dtype=tf.float32)
weights = tf.Variable(tf.random.normal([4, 3]))
bias = tf.Variable(tf.zeros([3]))
logits = tf.matmul(features, weights) + bias
print(tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y_train, logits=logits)))
