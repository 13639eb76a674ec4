"""What pseudonyms are made of: words that are kind to whoever gets them, in any pair."""

from __future__ import annotations

ADJECTIVES = (
    "able", "agile", "airy", "amiable", "artful", "blithe", "bold", "brave", "breezy", "bright",
    "brisk", "calm", "candid", "careful", "caring", "cheerful", "clear", "clever", "cordial",
    "cosy", "crisp", "curious", "dapper", "daring", "dashing", "deft", "dreamy", "eager",
    "earnest", "elegant", "faithful", "fearless", "festive", "friendly", "gallant", "genial",
    "gentle", "glad", "gleaming", "glowing", "golden", "graceful", "gracious", "grand", "happy",
    "hardy", "helpful", "honest", "hopeful", "humble", "inventive", "jaunty", "jolly", "jovial",
    "joyful", "keen", "kind", "lively", "loyal", "lucid", "lucky", "mellow", "merry", "mild",
    "mindful", "modest", "musical", "neat", "nimble", "noble", "patient", "peaceful", "placid",
    "playful", "pleasant", "poetic", "polite", "proud", "quick", "quiet", "radiant", "resolute",
    "serene", "shining", "silent", "silver", "sincere", "skilful", "smiling", "sparkling",
    "spirited", "stately", "steady", "sunny", "swift", "tactful", "thoughtful", "tidy",
    "tranquil", "trusty", "upbeat", "valiant", "vivid", "warm", "watchful", "whistling", "wise",
    "witty", "zesty",
)  # fmt: skip
"""No colour of skin, no shape of a body, no age, nothing that blames."""

ANIMALS = (
    "alpaca", "antelope", "avocet", "badger", "bison", "blackbird", "bluebird", "bumblebee",
    "bunting", "butterfly", "canary", "caribou", "chaffinch", "chamois", "cheetah", "chickadee",
    "chinchilla", "chipmunk", "condor", "cormorant", "crane", "cricket", "curlew", "deer",
    "dolphin", "dormouse", "dove", "dragonfly", "duckling", "dunlin", "eagle", "egret", "eider",
    "elk", "ermine", "falcon", "fawn", "finch", "firefly", "flamingo", "fox", "gazelle",
    "gecko", "giraffe", "godwit", "goldfinch", "goldfish", "goshawk", "grebe", "hare",
    "harrier", "hawk", "hedgehog", "heron", "hoopoe", "hummingbird", "ibex", "ibis", "iguana",
    "impala", "jackdaw", "jaguar", "jay", "jerboa", "kestrel", "kingfisher", "kite", "koala",
    "ladybird", "lapwing", "lark", "lemur", "leopard", "linnet", "llama", "lynx", "mallard",
    "marmot", "marten", "meerkat", "merlin", "moose", "nightingale", "nuthatch", "ocelot",
    "octopus", "oriole", "osprey", "otter", "owl", "panda", "pelican", "penguin", "petrel",
    "pheasant", "pipit", "plover", "pony", "porcupine", "porpoise", "puffin", "puma", "quail",
    "quetzal", "rabbit", "raven", "redstart", "reindeer", "robin", "sandpiper", "seahorse",
    "serval", "siskin", "skylark", "sparrow", "squirrel", "starling", "stork", "swallow",
    "swan", "tanager", "tapir", "tern", "tiger", "tortoise", "toucan", "turtle", "wagtail",
    "wallaby", "warbler", "waxwing", "wombat", "wren", "yak", "zebra",
)  # fmt: skip
"""None that is a word for a person whom one does not like."""
