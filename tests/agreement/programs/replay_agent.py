"""Deep Q-learning on a toy corridor: replay memory, epsilon schedule, target network, plus a fair amount of plain Python."""

from __future__ import annotations

import copy
import functools
import heapq
import itertools
import math
import operator
import random
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from enum import IntEnum
from typing import ClassVar, Iterable

import numpy as np
import tensorflow as tf

Transition = namedtuple("Transition", "state action reward next_state done")


class Action(IntEnum):
    LEFT = 0
    RIGHT = 1
    STAY = 2


@dataclass
class AgentConfig:
    observation_size: int = 5
    hidden: tuple[int, ...] = (16, 16)
    gamma: float = 0.9
    batch_size: int = 8
    capacity: int = 64
    epsilon: tuple[float, float] = (1.0, 0.1)
    target_every: int = 5
    learning_rate: float = 0.01
    ACTIONS: ClassVar[int] = len(Action)


def validated(*names, minimum=0):
    """A decorator that checks numeric keyword arguments."""

    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            for name in names:
                if name in kwargs and kwargs[name] < minimum:
                    raise ValueError(f"{name} must be at least {minimum}, not {kwargs[name]}")
            return function(*args, **kwargs)

        return wrapper

    return decorate


def count_calls(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        wrapper.calls += 1
        return function(*args, **kwargs)

    wrapper.calls = 0
    return wrapper


class ReprMixin:
    def __repr__(self):
        fields = ", ".join(f"{key}={value!r}" for key, value in sorted(vars(self).items()) if key[0] != "_")
        return f"{type(self).__name__}({fields})"


class ScheduleMixin:
    schedule_steps = 20

    def fraction(self, step: int) -> float:
        return min(step / self.schedule_steps, 1.0)


class EpsilonGreedy(ScheduleMixin, ReprMixin):
    def __init__(self, start: float, end: float, seed: int = 0):
        self.start, self.end = start, end
        self._rng = random.Random(seed)

    def epsilon(self, step: int) -> float:
        return self.start + (self.end - self.start) * self.fraction(step)

    def choose(self, q_values: np.ndarray, step: int) -> int:
        if self._rng.random() < self.epsilon(step):
            return self._rng.randrange(q_values.shape[-1])
        return int(np.argmax(q_values))


class Corridor:
    """Walk to the right end; every step costs a little."""

    def __init__(self, length: int = 5, limit: int = 12):
        self.length = length
        self.limit = limit
        self._position = 0
        self._steps = 0

    @property
    def observation(self) -> np.ndarray:
        one_hot = np.zeros(self.length, dtype=np.float32)
        one_hot[self._position] = 1.0
        return one_hot

    @property
    def done(self) -> bool:
        return self._position == self.length - 1 or self._steps >= self.limit

    def reset(self) -> np.ndarray:
        self._position = self._steps = 0
        return self.observation

    def step(self, action: Action):
        move = {Action.LEFT: -1, Action.RIGHT: 1}.get(action, 0)
        self._position = min(max(self._position + move, 0), self.length - 1)
        self._steps += 1
        reward = 1.0 if self._position == self.length - 1 else -0.05
        return self.observation, reward, self.done, {}


class ReplayMemory:
    def __init__(self, capacity: int, seed: int = 0):
        self._items: deque[Transition] = deque(maxlen=capacity)
        self._rng = random.Random(seed)

    def push(self, *args) -> None:
        self._items.append(Transition(*args))

    def sample(self, count: int) -> Transition:
        batch = Transition(*zip(*self._rng.sample(list(self._items), count)))
        return Transition(
            state=np.stack(batch.state),
            action=np.array(batch.action, dtype=np.int32),
            reward=np.array(batch.reward, dtype=np.float32),
            next_state=np.stack(batch.next_state),
            done=np.array(batch.done, dtype=np.float32),
        )

    def __len__(self) -> int:
        return len(self._items)


def build_network(config: AgentConfig, name: str) -> tf.keras.Model:
    inputs = tf.keras.Input(shape=(config.observation_size,))
    x = inputs
    for width in config.hidden:
        x = tf.keras.layers.Dense(width, activation="relu")(x)
    value = tf.keras.layers.Dense(1)(x)
    advantage = tf.keras.layers.Dense(config.ACTIONS)(x)
    centered = advantage - tf.keras.ops.mean(advantage, axis=1, keepdims=True)
    return tf.keras.Model(inputs, value + centered, name=name)


class Agent:
    def __init__(self, config: AgentConfig):
        self.config = config
        self.online = build_network(config, "online")
        self.target = build_network(config, "target")
        self.sync()
        self.memory = ReplayMemory(config.capacity)
        self.policy = EpsilonGreedy(*config.epsilon)
        self.optimizer = tf.keras.optimizers.SGD(config.learning_rate, momentum=0.9)
        self.stats: dict[str, list[float]] = defaultdict(list)
        self.updates = 0

    def sync(self):
        self.target.set_weights(self.online.get_weights())

    @count_calls
    def act(self, observation: np.ndarray, step: int) -> Action:
        q_values = self.online(observation[np.newaxis, :])
        return Action(self.policy.choose(q_values[0].numpy(), step))

    def learn(self) -> tf.Tensor | None:
        if len(self.memory) < self.config.batch_size:
            return None
        batch = self.memory.sample(self.config.batch_size)
        next_q = self.target(batch.next_state)
        best = tf.reduce_max(next_q, axis=1)
        targets = batch.reward + self.config.gamma * (1.0 - batch.done) * best
        rows = tf.range(self.config.batch_size)
        indices = tf.stack([rows, tf.convert_to_tensor(batch.action)], axis=1)
        with tf.GradientTape() as tape:
            q_values = self.online(batch.state)
            chosen = tf.gather_nd(q_values, indices)
            error = tf.stop_gradient(targets) - chosen
            absolute = tf.abs(error)
            huber = tf.where(absolute <= 1.0, 0.5 * error**2, absolute - 0.5)
            loss = tf.reduce_mean(huber)
        gradients = tape.gradient(loss, self.online.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.online.trainable_weights))
        self.updates += 1
        if self.updates % self.config.target_every == 0:
            self.sync()
        return loss


def run_episodes(agent: Agent, environment: Corridor, episodes: int) -> Iterable[float]:
    counter = itertools.count()
    for _ in range(episodes):
        state = environment.reset()
        total = 0.0
        while not environment.done:
            action = agent.act(state, next(counter))
            next_state, reward, done, _ = environment.step(action)
            agent.memory.push(state, action, reward, next_state, done)
            loss = agent.learn()
            if loss is not None:
                agent.stats["loss"].append(float(loss))
            state = next_state
            total += reward
        yield total


@validated("window", minimum=1)
def moving_average(values, *, window=3):
    kernel = np.ones(window) / window
    return np.convolve(values, kernel, mode="valid")


def discounted_returns(rewards, gamma):
    returns = np.zeros(len(rewards), dtype=np.float32)
    running = 0.0
    for index in reversed(range(len(rewards))):
        running = rewards[index] + gamma * running
        returns[index] = running
    return returns


def grid(**axes):
    names, choices = zip(*axes.items())
    for values in itertools.product(*choices):
        yield dict(zip(names, values))


def main() -> None:
    random.seed(0)
    tf.keras.utils.set_random_seed(0)
    base = AgentConfig()
    summaries: list[tuple[float, dict]] = []
    for overrides in grid(gamma=(0.9, 0.95), hidden=((8,), (8, 8))):
        agent = Agent(replace(base, **overrides))
        totals = list(run_episodes(agent, Corridor(base.observation_size), episodes=2))
        loss = np.mean(agent.stats.get("loss", [math.nan]))
        summaries.append((float(np.sum(totals)), {**overrides, "loss": float(loss)}))
    best = heapq.nlargest(2, summaries, key=operator.itemgetter(0))
    for score, info in best:
        print(f"{score:+.2f}", OrderedDict(sorted(info.items(), key=lambda pair: pair[0])))

    states = tf.eye(base.observation_size)
    q_table = agent.online(states)
    greedy = [Action(int(i)).name for i in tf.argmax(q_table, axis=1)]
    print(Counter(greedy).most_common(1), agent.policy, Agent.act.calls > 0)

    rewards = [-0.05, -0.05, 1.0]
    returns = discounted_returns(rewards, base.gamma)
    advantages = (returns - returns.mean()) / (returns.std() + 1e-8)
    smooth = moving_average(advantages, window=2)
    with suppress(ValueError):
        moving_average(advantages, window=0)
    settings = copy.deepcopy(asdict(base))
    settings.update(batch_size=settings["batch_size"] * 2)
    print(smooth.shape, sorted(settings)[:2], settings["batch_size"])

    weights = [layer.kernel for layer in agent.online.layers if hasattr(layer, "kernel")]
    spectral = tf.stack([tf.linalg.norm(w, ord=2, axis=[0, 1]) for w in weights])
    product = functools.reduce(operator.mul, [float(s) for s in tf.unstack(spectral)])
    print(spectral.shape, product >= 0)


if __name__ == "__main__":
    main()
