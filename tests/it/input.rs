//! Bad input: one source's state or one item's loss, never the edition's.
