//! Man pages and shell completions, from the arguments themselves and the
//! schema of feeds.toml:
//! `cargo run --release --example manual -- DIR`. The Debian package takes
//! them from `target/manual`.

#![allow(clippy::unwrap_used, reason = "a tool for those who build the package")]

mod keys;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

fn main() {
    let directory: PathBuf = std::env::args_os()
        .nth(1)
        .map_or_else(|| "target/manual".into(), PathBuf::from);
    fs::create_dir_all(&directory).unwrap();
    let mut command = scofeed::cli::command();
    for (shell, name) in [
        (Shell::Bash, "scofeed.bash"),
        (Shell::Zsh, "_scofeed"),
        (Shell::Fish, "scofeed.fish"),
    ] {
        let mut file = fs::File::create(directory.join(name)).unwrap();
        clap_complete::generate(shell, &mut command, "scofeed", &mut file);
    }
    let mut command = without_help(scofeed::cli::command());
    command.build();
    write(&directory, &command);
    let schema = serde_json::from_str(scofeed::config::SCHEMA).unwrap();
    fs::write(directory.join("feeds.toml.5"), keys::page(&schema)).unwrap();
}

/// Every page tells of `help`, which has none of its own.
fn without_help(command: Command) -> Command {
    let command = command.disable_help_subcommand(true);
    command.mut_subcommands(without_help)
}

/// A page for the command and for each below it.
fn write(directory: &Path, command: &Command) {
    let name = command.get_display_name().unwrap_or(command.get_name());
    let first = if name == "scofeed" {
        ""
    } else {
        "\\fBscofeed\\fR(1), "
    };
    let mut page = Vec::new();
    Man::new(command.clone())
        .title(name.to_uppercase())
        .manual("scofeed")
        .render(&mut page)
        .unwrap();
    let others = "\\fBfeeds.toml\\fR(5), \\fBscofeed\\fR(8)";
    writeln!(page, ".SH \"SEE ALSO\"\n{first}{others}").unwrap();
    fs::write(directory.join(format!("{name}.1")), page).unwrap();
    for below in command.get_subcommands() {
        write(directory, below);
    }
}
