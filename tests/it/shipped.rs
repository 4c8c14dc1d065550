//! The `feeds.toml` that is shipped loads, and is polite.
