//! Somebody outside is told of incidents, for each turn: a command of the
//! admin's, an address of his.

use std::process::Stdio;
use std::time::Duration;

use serde::Serialize;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;
use tracing::warn;

use crate::config::Alert;
use crate::fetch::{Fetch, Post};
use crate::health::Turn;
use crate::model::Incident;

/// A command that takes longer is ended.
const WITHIN: Duration = Duration::from_secs(30);

/// What they read.
#[derive(Serialize)]
struct Told<'t> {
    turn: &'static str,
    title: String,
    #[serde(flatten)]
    incident: &'t Incident,
}

/// Tells of each turn, one after the other.
pub(super) async fn tell(alert: &Alert, fetch: &Fetch, turns: &[Turn]) {
    for turn in turns {
        let told = Told {
            turn: turn.as_str(),
            title: turn.incident().title(),
            incident: turn.incident(),
        };
        let json = match serde_json::to_string(&told) {
            Ok(json) => json,
            Err(error) => {
                warn!(%error, "nobody can be told of an incident");
                continue;
            }
        };
        let started = match timeout(WITHIN, start(&alert.command, &json)).await {
            Ok(started) => started,
            Err(_) => Err(std::io::ErrorKind::TimedOut.into()),
        };
        if let Err(error) = started {
            warn!(%error, "the command in [alert] failed");
        }
        if let Some(webhook) = &alert.webhook
            && let Err(error) = fetch.post(webhook, Post::Json(json)).await
        {
            warn!(%error, "the webhook in [alert] was not told");
        }
    }
}

/// No shell; the incident is on its standard input.
async fn start(command: &[String], json: &str) -> std::io::Result<()> {
    let Some((program, arguments)) = command.split_first() else {
        return Ok(());
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that does not read what it is told is no failure.
        drop(stdin.write_all(json.as_bytes()).await);
    }
    let ended = child.wait().await?;
    if ended.success() {
        Ok(())
    } else {
        Err(std::io::Error::other(ended.to_string()))
    }
}
