//! A small language for whole-program tests: sources on loopback, polls, and the feed that comes of them.
