//! The report to whoever may read the data directory: what the service knows
//! of itself and cannot store, as on a full disk, `status` hears from it.

use std::future::Future;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::time::timeout;

use super::NO_DESCRIPTOR_WAIT;
use crate::model::Report;

/// The socket within the data directory.
const SOCKET: &str = "status.sock";

/// From the connection to the last byte.
const TOLD_WITHIN: Duration = Duration::from_secs(5);

/// A service that lives answers sooner.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// Listens in a data directory, which must be the caller's own: what another
/// process has left there is removed.
///
/// # Errors
/// The system's, among them that the path is too long for a socket (108
/// bytes).
pub fn report_listener(data: &Path) -> io::Result<UnixListener> {
    let path = data.join(SOCKET);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => UnixListener::bind(path),
    }
}

/// Tells everyone who connects the present report, until `shutdown` resolves.
pub async fn report(
    listener: UnixListener,
    reports: watch::Receiver<Arc<Report>>,
    shutdown: impl Future<Output = ()>,
) {
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let report = Arc::clone(&reports.borrow());
                tokio::spawn(timeout(TOLD_WITHIN, tell(stream, report)));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection of `status` cannot be accepted");
                tokio::time::sleep(NO_DESCRIPTOR_WAIT).await;
            }
        }
    }
}

async fn tell(mut stream: UnixStream, report: Arc<Report>) {
    let told = serde_json::to_vec(&*report).unwrap_or_default();
    // Who does not listen to the end has it from the ledger.
    drop(stream.write_all(&told).await);
}

/// The report of the service that runs on a data directory.
///
/// # Errors
/// The system's: among them [`io::ErrorKind::WouldBlock`] if it does not answer
/// within two seconds, and one of another kind where none tells a report.
pub fn reported(data: &Path) -> io::Result<Report> {
    let mut stream = std::os::unix::net::UnixStream::connect(data.join(SOCKET))?;
    stream.set_read_timeout(Some(ANSWERS_WITHIN))?;
    let mut told = Vec::new();
    stream.read_to_end(&mut told)?;
    Ok(serde_json::from_slice(&told)?)
}
