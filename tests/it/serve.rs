//! The edition over HTTP, as a subscriber's program meets it.
