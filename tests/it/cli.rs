//! The program as it is started: arguments in, text and exit codes out.
