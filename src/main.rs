//! The thin shell around the library: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    scofeed::cli::main()
}
