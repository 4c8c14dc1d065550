//! Somebody outside is told of incidents: a command of the admin's, started
//! for each turn.

use std::process::Stdio;
use std::time::Duration;

use serde::Serialize;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;
use tracing::warn;

use crate::health::Turn;
use crate::model::Incident;

/// A command that takes longer is ended.
const WITHIN: Duration = Duration::from_secs(30);

/// What the command reads.
#[derive(Serialize)]
struct Told<'t> {
    turn: &'static str,
    title: String,
    #[serde(flatten)]
    incident: &'t Incident,
}

/// Starts the command for each turn, one after the other: no shell, the
/// incident as JSON on its standard input.
pub(super) async fn tell(command: Vec<String>, turns: Vec<Turn>) {
    for turn in &turns {
        let told = match timeout(WITHIN, start(&command, turn)).await {
            Ok(told) => told,
            Err(_) => Err(std::io::ErrorKind::TimedOut.into()),
        };
        if let Err(error) = told {
            warn!(%error, "the command in [alert] failed");
        }
    }
}

async fn start(command: &[String], turn: &Turn) -> std::io::Result<()> {
    let Some((program, arguments)) = command.split_first() else {
        return Ok(());
    };
    let told = Told {
        turn: turn.as_str(),
        title: turn.incident().title(),
        incident: turn.incident(),
    };
    let json = serde_json::to_vec(&told)?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that does not read what it is told is no failure.
        drop(stdin.write_all(&json).await);
    }
    let ended = child.wait().await?;
    if ended.success() {
        Ok(())
    } else {
        Err(std::io::Error::other(ended.to_string()))
    }
}
