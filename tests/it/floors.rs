//! The drawing in `lib.rs` holds: a module names only modules below it.
