"""tf.Module programs: signatures, while loops, AutoGraph, TensorArrays, recurrences and ODEs."""

import collections

import tensorflow as tf

State = collections.namedtuple("State", ["position", "velocity"])


class Linear(tf.Module):
    def __init__(self, in_features, out_features, name=None):
        super().__init__(name=name)
        with self.name_scope:
            self.w = tf.Variable(tf.random.stateless_normal([in_features, out_features], seed=[1, 2]), name="w")
            self.b = tf.Variable(tf.zeros([out_features]), name="b")

    @tf.Module.with_name_scope
    def __call__(self, x):
        return tf.matmul(x, self.w) + self.b


class MLP(tf.Module):
    def __init__(self, sizes, activation=tf.nn.relu, name=None):
        super().__init__(name=name)
        self.layers = [Linear(i, o, name=f"linear_{n}") for n, (i, o) in enumerate(zip(sizes[:-1], sizes[1:]))]
        self.activation = activation
        self.calls = tf.Variable(0, trainable=False, dtype=tf.int64)

    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32)])
    def __call__(self, x):
        self.calls.assign_add(1)
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        return self.layers[-1](x)

    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32), tf.TensorSpec([None, 2], tf.float32)])
    def loss(self, x, y):
        error = self(x) - y
        penalty = tf.add_n([tf.nn.l2_loss(v) for v in self.trainable_variables])
        return tf.reduce_mean(tf.square(error)) + 1e-4 * penalty


class GRUCell(tf.Module):
    def __init__(self, inputs, units):
        super().__init__()
        self.units = units
        initializer = tf.initializers.GlorotUniform(seed=0)
        self.gates = tf.Variable(initializer([inputs + units, 2 * units]))
        self.candidate = tf.Variable(initializer([inputs + units, units]))

    def __call__(self, x, h):
        z, r = tf.split(tf.sigmoid(tf.concat([x, h], 1) @ self.gates), 2, axis=1)
        c = tf.tanh(tf.concat([x, r * h], 1) @ self.candidate)
        return (1.0 - z) * h + z * c


@tf.function
def unroll(cell, sequence):
    """[batch, time, features] -> [batch, time, units]."""
    time_major = tf.transpose(sequence, [1, 0, 2])
    steps = tf.shape(time_major)[0]
    h = tf.zeros([tf.shape(sequence)[0], cell.units])
    outputs = tf.TensorArray(tf.float32, size=steps)
    for t in tf.range(steps):
        h = cell(time_major[t], h)
        outputs = outputs.write(t, h)
    stacked = outputs.stack()
    return tf.transpose(stacked, [1, 0, 2]), h


@tf.function(input_signature=[tf.TensorSpec([None, None], tf.float32), tf.TensorSpec([], tf.int32)])
def power_iteration(matrix, iterations):
    n = tf.shape(matrix)[0]
    vector = tf.ones([n, 1]) / tf.sqrt(tf.cast(n, tf.float32))

    def body(i, v):
        product = tf.matmul(matrix, v)
        return i + 1, product / tf.norm(product)

    _, vector = tf.while_loop(
        lambda i, v: i < iterations,
        body,
        loop_vars=(tf.constant(0), vector),
        shape_invariants=(tf.TensorShape([]), tf.TensorShape([None, 1])),
    )
    eigenvalue = tf.squeeze(tf.matmul(vector, tf.matmul(matrix, vector), transpose_a=True))
    return eigenvalue, vector


@tf.function
def collatz(n):
    count = tf.constant(0)
    while n > 1:
        if n % 2 == 0:
            n = n // 2
        else:
            n = 3 * n + 1
        count += 1
        if count > 100:
            break
    return count


@tf.function
def count_positive_rows(matrix):
    total = 0
    for row in matrix:
        if tf.reduce_sum(row) <= 0.0:
            continue
        total += 1
    return total


def rk4(f, state, dt):
    k1 = f(state)
    k2 = f(tf.nest.map_structure(lambda s, k: s + 0.5 * dt * k, state, k1))
    k3 = f(tf.nest.map_structure(lambda s, k: s + 0.5 * dt * k, state, k2))
    k4 = f(tf.nest.map_structure(lambda s, k: s + dt * k, state, k3))
    return tf.nest.map_structure(lambda s, a, b, c, d: s + dt / 6.0 * (a + 2 * b + 2 * c + d), state, k1, k2, k3, k4)


def spring(state):
    return State(position=state.velocity, velocity=-4.0 * state.position)


@tf.function
def simulate(initial, steps):
    positions = tf.TensorArray(tf.float32, size=0, dynamic_size=True, element_shape=initial.position.shape)
    state = initial
    for i in tf.range(steps):
        positions = positions.write(i, state.position)
        state = rk4(spring, state, 0.05)
    return positions.stack(), state


def train(model, x, y, steps=3, rate=0.1):
    losses = []
    for _ in range(steps):
        with tf.GradientTape() as tape:
            loss = model.loss(x, y)
        for variable, gradient in zip(model.trainable_variables, tape.gradient(loss, model.trainable_variables)):
            variable.assign_sub(rate * gradient)
        losses.append(loss)
    return tf.stack(losses)


def main():
    model = MLP([4, 8, 2])
    x = tf.random.stateless_uniform([6, 4], seed=(0, 1))
    y = tf.stack([tf.reduce_sum(x, axis=1), tf.reduce_prod(x, axis=1)], axis=1)
    losses = train(model, x, y)
    print(losses.shape, bool(losses[-1] < losses[0]), int(model.calls), [v.name for v in model.trainable_variables])

    cell = GRUCell(3, 5)
    sequence = tf.reshape(tf.range(2 * 4 * 3, dtype=tf.float32), [2, 4, 3]) / 24.0
    outputs, last = unroll(cell, sequence)
    print(outputs.shape, float(tf.reduce_max(tf.abs(outputs[:, -1] - last))))

    base = tf.constant([[2.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 4.0]])
    eigenvalue, vector = power_iteration(base, 30)
    exact = tf.linalg.eigvalsh(base)
    residual = tf.norm(base @ vector - eigenvalue * vector)
    print(float(eigenvalue), float(exact[-1]), float(residual))

    print([int(collatz(tf.constant(n))) for n in (1, 6, 27)])
    signs = tf.constant([[1.0, -3.0], [2.0, 2.0], [0.5, 0.0]])
    print(int(count_positive_rows(signs)))

    initial = State(position=tf.constant([1.0, 0.5]), velocity=tf.zeros([2]))
    path, final = simulate(initial, tf.constant(20))
    energy = 0.5 * tf.square(final.velocity) + 2.0 * tf.square(final.position)
    print(path.shape, energy.numpy())

    fibonacci = tf.TensorArray(tf.int64, size=10, clear_after_read=False)
    fibonacci = fibonacci.write(0, 0).write(1, 1)
    for i in range(2, 10):
        fibonacci = fibonacci.write(i, fibonacci.read(i - 1) + fibonacci.read(i - 2))
    numbers = fibonacci.stack()
    ratios = tf.cast(numbers[2:], tf.float32) / tf.cast(numbers[1:-1], tf.float32)
    print(numbers.numpy(), float(ratios[-1]))

    scanned = tf.scan(lambda total, item: total + item, tf.range(1, 6))
    mapped = tf.map_fn(lambda row: tf.reduce_max(row) - tf.reduce_min(row), base)
    vectorized = tf.vectorized_map(lambda row: tf.tensordot(row, row, 1), base)
    folded = tf.foldl(lambda a, row: a * tf.reduce_sum(row), base, initializer=tf.constant(1.0))
    chosen = tf.switch_case(tf.constant(1), [lambda: tf.zeros([3]), lambda: mapped * 2.0])
    clipped = tf.cond(tf.reduce_max(vectorized) > 5.0, lambda: tf.minimum(vectorized, 5.0), lambda: vectorized)
    print(scanned.numpy(), mapped.numpy(), float(folded), chosen.shape, clipped.numpy())

    concrete = model.__call__.get_concrete_function()
    result = concrete(x)
    print(result.shape, concrete.structured_outputs.shape)


if __name__ == "__main__":
    main()
