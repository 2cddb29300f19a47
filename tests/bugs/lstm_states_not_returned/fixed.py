# runs: tensorflow 2
"""An encoder that does not return its states."""
import tensorflow as tf
from tensorflow.keras.layers import Input, LSTM, Embedding, Dense
from tensorflow.keras.models import Model

latent_dim, num_tokens = 64, 500
encoder_inputs = Input(shape=(None,))
x = Embedding(num_tokens, latent_dim)(encoder_inputs)
encoder = LSTM(latent_dim, return_state=True)
encoder_outputs, state_h, state_c = encoder(x)
encoder_states = [state_h, state_c]
decoder_inputs = Input(shape=(None,))
d = Embedding(num_tokens, latent_dim)(decoder_inputs)
decoder_outputs = LSTM(latent_dim, return_sequences=True)(d, initial_state=encoder_states)
model = Model([encoder_inputs, decoder_inputs], Dense(num_tokens, activation="softmax")(decoder_outputs))
