import keras
import torch
from torch import nn

TOKENS = (1, 6)

# %% Keras
words = keras.Input((6,), dtype="int32")
embedding = keras.layers.ReversibleEmbedding(50, 8, tie_weights=True)
ours = keras.Model(words, embedding(embedding(words), reverse=True))


# %% PyTorch, which differs
class Untied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(50, 8)
        self.head = nn.Linear(8, 50, bias=False)

    def forward(self, words: torch.Tensor):
        return self.head(self.embedding(words))


differs = Untied()


# %% PyTorch, the same
class Tied(Untied):
    def __init__(self):
        super().__init__()
        self.head.weight = self.embedding.weight


same = Tied()
