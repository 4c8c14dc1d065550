//! `doctor`: what the service needs of its machine, looked at one by one, and
//! how to mend what is missing.

use std::fmt;
use std::io::ErrorKind;
use std::net::ToSocketAddrs;
use std::path::Path;
use std::process::ExitCode;

use jiff::Timestamp;

use super::{Places, places, say};
use crate::care::backup;
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::daemon::{self, DATABASE};
use crate::store::Reader;
use crate::text::span;
use crate::text::width::wrapped;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// One JSON object a finding
    #[arg(long)]
    json: bool,
}

/// A file system on which SQLite's locks and log cannot be relied on,
/// by the number that statfs tells.
const REMOTE: [(i64, &str); 5] = [
    (0x6969, "NFS"),
    (0x517B, "SMB"),
    (0xFF53_4D42, "CIFS"),
    (0xFE53_4D42, "SMB2"),
    (0x0102_1997, "9p"),
];

/// No clock of a machine that is set right shows a time before this.
const BUILT: Timestamp = Timestamp::constant(1_764_288_000, 0);

/// What another account may not do says nothing of the data.
const AS_ACCOUNT: &str = "ask as the account that runs scofeed (`sudo -u scofeed scofeed \
                          doctor`); if it is so for it too: `chown -R scofeed:` the data directory";

/// How much one looks for at least, in bytes.
const ROOM: u64 = 256 << 20;

/// One thing that was looked at.
struct Finding {
    what: &'static str,
    said: String,
    /// How to mend it; `None` if it is well.
    mend: Option<String>,
}

fn well(what: &'static str, said: impl fmt::Display) -> Finding {
    Finding {
        what,
        said: said.to_string(),
        mend: None,
    }
}

fn ill(what: &'static str, said: impl fmt::Display, mend: impl fmt::Display) -> Finding {
    Finding {
        what,
        said: said.to_string(),
        mend: Some(mend.to_string()),
    }
}

pub(super) fn run(places: &Places, args: &Args) -> ExitCode {
    let mut findings = Vec::new();
    let loaded = places::config(places).map(|path| (config::load(&path), path));
    let config = match &loaded {
        Ok((Ok(config), path)) => {
            findings.push(well("configuration", path.display()));
            Some(config)
        }
        Ok((Err(mistakes), path)) => {
            let said = format!("{}: {}", path.display(), mistakes.brief());
            findings.push(ill(
                "configuration",
                said,
                "`scofeed check` shows every mistake",
            ));
            None
        }
        Err(ending) => {
            findings.push(ill("configuration", &ending.why, "name one with --config"));
            None
        }
    };
    if let Ok(data) = places::data(places) {
        findings.push(directory(&data));
        findings.extend(file_system(&data));
        findings.push(database(&data));
        findings.push(backups(&data));
    }
    findings.push(clock());
    findings.push(roots());
    if let Some(config) = config {
        findings.push(names(config));
        findings.extend(config.publish.as_deref().map(output));
    }
    findings.extend(unit());
    let all_well = findings.iter().all(|finding| finding.mend.is_none());
    for finding in findings {
        tell(&finding, args.json);
    }
    if all_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn tell(finding: &Finding, json: bool) {
    let Finding { what, said, mend } = finding;
    if json {
        let is_well = mend.is_none();
        say(serde_json::json!({ "what": what, "well": is_well, "said": said, "mend": mend }));
        return;
    }
    let word = if mend.is_none() { "ok " } else { "BAD" };
    let lines = wrapped(said, 58);
    for (n, line) in lines.iter().enumerate() {
        match n {
            0 => say(format_args!("{word} {what:<15} {line}")),
            _ => say(format_args!("{:19} {line}", "")),
        }
    }
    for line in mend
        .iter()
        .flat_map(|mend| wrapped(&format!("to do: {mend}"), 58))
    {
        say(format_args!("{:19} {line}", ""));
    }
}

/// Whether a file can be made there, tried with one that is gone afterwards.
fn writable(folder: &Path) -> std::io::Result<()> {
    let tried = folder.join(".scofeed-doctor");
    std::fs::write(&tried, b"")?;
    std::fs::remove_file(&tried)
}

fn directory(data: &Path) -> Finding {
    const WHAT: &str = "data directory";
    if !data.exists() {
        return match data.parent().map(writable) {
            Some(Err(error)) => ill(
                WHAT,
                format!(
                    "{} is not there and cannot be made: {error}",
                    data.display()
                ),
                "make it, owned by the account that runs scofeed, or give --data",
            ),
            _ => well(
                WHAT,
                format!("{} is made at the first start", data.display()),
            ),
        };
    }
    match writable(data) {
        Ok(()) => well(WHAT, data.display()),
        Err(error) => ill(
            WHAT,
            format!("{} cannot be written: {error}", data.display()),
            AS_ACCOUNT,
        ),
    }
}

fn file_system(data: &Path) -> Vec<Finding> {
    let nearest = data.ancestors().find(|folder| folder.exists());
    let folder = nearest.unwrap_or(Path::new("."));
    let mut findings = Vec::new();
    if let Ok(told) = rustix::fs::statfs(folder) {
        let remote = REMOTE.iter().find(|(number, _)| *number == told.f_type);
        findings.push(match remote {
            Some((_, name)) => ill(
                "file system",
                format!("the data are on {name}, where locks cannot be relied on"),
                "a data directory on a disk of this machine",
            ),
            None => well("file system", "of this machine"),
        });
    }
    if let Ok(told) = rustix::fs::statvfs(folder) {
        let free = told.f_bavail.saturating_mul(told.f_frsize);
        let said = format!("{} MiB free", free >> 20);
        findings.push(if free < ROOM {
            ill(
                "disk",
                said,
                "make room: when it is full nothing new is stored",
            )
        } else {
            well("disk", said)
        });
    }
    findings
}

fn database(data: &Path) -> Finding {
    const WHAT: &str = "database";
    let path = data.join(DATABASE);
    match path.try_exists() {
        Ok(true) => {}
        Ok(false) if daemon::is_running(data) => {
            return ill(
                WHAT,
                "gone from under the service",
                "start the service again",
            );
        }
        Ok(false) => return well(WHAT, "none yet"),
        Err(error) => return ill(WHAT, error, AS_ACCOUNT),
    }
    match Reader::check(&path) {
        Ok(_) => well(WHAT, "every page is whole"),
        Err(error) if error.is_forbidden() => ill(WHAT, error, AS_ACCOUNT),
        Err(error) => ill(WHAT, error, places::RESTORES),
    }
}

fn backups(data: &Path) -> Finding {
    const WHAT: &str = "backups";
    let folder = data.join(backup::FOLDER);
    let list = backup::list(&folder);
    // Whoever may not look cannot say what is there.
    let opened = match list.first() {
        Some((_, newest)) => std::fs::File::open(newest).map(drop),
        None => std::fs::read_dir(&folder).map(drop),
    };
    if let Err(error) = opened.or_else(|error| match error.kind() {
        ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    }) {
        return ill(WHAT, error, AS_ACCOUNT);
    }
    let now = Clock::System.now();
    match list.first() {
        Some((newest, _)) if backup::newest_good(&folder).is_some() => well(
            WHAT,
            format!("{}, the newest {}", list.len(), span::ago(*newest, now)),
        ),
        Some(_) => ill(WHAT, "none of them is whole", "`scofeed backup`"),
        None if data.join(DATABASE).exists() => ill(
            WHAT,
            "none yet",
            "`scofeed backup` makes one; the service makes one a day",
        ),
        None => well(WHAT, "none yet"),
    }
}

fn clock() -> Finding {
    let now = Clock::System.now();
    if now < BUILT {
        ill(
            "clock",
            format!("it shows {now:.0}, which is past"),
            "`timedatectl set-ntp true`",
        )
    } else {
        well("clock", format!("{now:.0}"))
    }
}

/// The client is built with the roots that it will trust.
fn roots() -> Finding {
    match crate::fetch::Fetch::new("scofeed") {
        Ok(_) => well("TLS", "the roots of trust are there"),
        Err(error) => ill("TLS", error, "install the package ca-certificates"),
    }
}

/// A name is looked up, of a source that is polled: no request is made.
fn names(config: &Config) -> Finding {
    let hosts = config
        .sources
        .values()
        .filter(|source| source.enabled && !source.target.url().is_loopback())
        .filter_map(|source| source.target.url().as_url().host_str())
        .take(3);
    let mut failed = Vec::new();
    for host in hosts {
        match (host, 443).to_socket_addrs() {
            Ok(_) => return well("DNS", format!("{host} is found")),
            Err(error) => failed.push(format!("{host}: {error}")),
        }
    }
    if failed.is_empty() {
        return well("DNS", "not needed");
    }
    ill(
        "DNS",
        failed.join("; "),
        "see to /etc/resolv.conf, and whether this machine is connected: `resolvectl query` a name",
    )
}

fn output(directory: &Path) -> Finding {
    const WHAT: &str = "output";
    match writable(directory) {
        Ok(()) => well(WHAT, directory.display()),
        Err(error) => ill(
            WHAT,
            format!("{} cannot be written: {error}", directory.display()),
            "make it, owned by the account that runs scofeed; under systemd allow it with \
             `ReadWritePaths=` (`systemctl edit scofeed`)",
        ),
    }
}

/// What systemd knows, where the unit is installed.
fn unit() -> Option<Finding> {
    let installed = ["/etc/systemd/system", "/usr/lib/systemd/system"]
        .iter()
        .any(|folder| Path::new(folder).join("scofeed.service").exists());
    if !installed {
        return None;
    }
    let asked = std::process::Command::new("systemctl")
        .args(["is-active", "scofeed"])
        .output();
    let said = match asked {
        Ok(output) => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        Err(error) => error.to_string(),
    };
    Some(match &*said {
        "active" | "reloading" => well("unit", said),
        _ => ill(
            "unit",
            format!("scofeed.service is {said}"),
            "`systemctl status scofeed` and `journalctl -u scofeed` say why; then `systemctl \
             start scofeed`",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_system_of_the_data_is_told() {
        let data = tempfile::tempdir().unwrap();
        let findings = file_system(&data.path().join("not/there/yet"));
        assert_eq!(findings.len(), 2);
    }
}
