# runs: tensorflow 1
"""The second layer is given the words, not what the first layer makes of them."""
import numpy as np
import tensorflow as tf

text = "he is the king . the king is royal . she is the royal queen"
words = []
for word in text.split():
    if word != ".":
        words.append(word)
vocabulary = set(words)
size = len(vocabulary)
numbers = {}
for number, word in enumerate(vocabulary):
    numbers[word] = number

pairs = []
for sentence in text.split(" . "):
    sentence = sentence.split()
    for place, word in enumerate(sentence):
        for other in sentence[max(place - 2, 0) : min(place + 2, len(sentence)) + 1]:
            if other != word:
                pairs.append([word, other])


def one_hot(number):
    row = np.zeros(size)
    row[number] = 1
    return row


inputs = np.asarray([one_hot(numbers[word]) for word, _ in pairs])
targets = np.asarray([one_hot(numbers[other]) for _, other in pairs])
x = tf.placeholder(tf.float32, shape=(None, size))
y = tf.placeholder(tf.float32, shape=(None, size))
w1 = tf.Variable(tf.random_normal([size, 5]))
b1 = tf.Variable(tf.random_normal([5]))
hidden = tf.matmul(x, w1) + b1
w2 = tf.Variable(tf.random_normal([5, size]))
b2 = tf.Variable(tf.random_normal([size]))
prediction = tf.nn.softmax(tf.matmul(x, w2) + b2)  # BUG: TFG201
loss = tf.reduce_mean(-tf.reduce_sum(y * tf.log(prediction), reduction_indices=[1]))
step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for _ in range(3):
        session.run(step, feed_dict={x: inputs, y: targets})
