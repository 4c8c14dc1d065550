//! The laws of the design, each a test.
