//! `run`: the service.

use std::future::Future;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tracing::{error, info, warn};

use super::{Done, Ending, Places, counted, load, places};
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::daemon::{self, Desk, Order, notify};
use crate::ledger;
use crate::serve::{self, Room, Tally};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Poll what is due once, publish, and end: for a timer or cron. Ends
    /// with 1 if every due source failed
    #[arg(long)]
    once: bool,
}

pub(super) fn run(places: &Places, args: &Args) -> Done {
    let config = load(places)?;
    let data = places::data(places)?;
    if args.once {
        return once(config, &data);
    }
    let path = places::config(places)?;
    wait_for(service(config, &data, "`listen` in [server]", move || {
        config::load(&path)
    }))
}

/// Runs `work` to its end. A name look-up or a parser that is still busy then
/// is abandoned: the resolver may take ten seconds to give up, and Ctrl-C
/// ends at once.
pub(super) fn wait_for<T>(work: impl Future<Output = Result<T, Ending>>) -> Result<T, Ending> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let done = runtime.block_on(work);
    runtime.shutdown_background();
    done
}

fn once(config: Arc<Config>, data: &Path) -> Done {
    wait_for(async {
        let mut desk = open(config, data)?;
        let fetch = Arc::new(daemon::client(desk.config())?);
        let round = daemon::once(&mut desk, &fetch, Clock::System).await?;
        desk.file()?;
        info!(
            fine = round.fine,
            failed = round.failed,
            published = round.entered,
            "one round"
        );
        let all_failed = round.failed > 0 && round.fine == 0;
        Ok(if all_failed {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    })
}

fn open(config: Arc<Config>, data: &Path) -> Result<Desk, Ending> {
    for advice in ledger::advice(&config) {
        warn!("{advice}");
    }
    Desk::open(config, data, Clock::System.now()).map_err(|error| Ending::from_desk(&error))
}

/// Runs the service until it is told to end. `setting` is where the address
/// is chosen; `reload` reads the configuration again.
///
/// The desk comes before the listener, so that a second instance hears of the
/// first one and not of its port.
pub(super) async fn service(
    config: Arc<Config>,
    data: &Path,
    setting: &str,
    reload: impl Fn() -> Result<Config, config::Mistakes> + Send + 'static,
) -> Done {
    let listen = config.listen;
    let desk = open(config, data)?;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}; choose another with {setting}"))?;
    let listen = listener.local_addr()?;
    let fetch = Arc::new(daemon::client(desk.config())?);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let until_stopped = |mut stopped: tokio::sync::watch::Receiver<bool>| async move {
        drop(stopped.wait_for(|stop| *stop).await);
    };
    let library = Arc::new(serve::Library::new(data.join(daemon::DATABASE)));
    let tally = Arc::new(Tally::default());
    let metrics = match desk.config().metrics {
        Some(address) => {
            let listener = TcpListener::bind(address).await.with_context(|| {
                format!("cannot listen on {address}; choose another with `metrics` in [server]")
            })?;
            let address = listener.local_addr()?;
            let tally = Arc::clone(&tally);
            let stopped = until_stopped(stopped.clone());
            tokio::spawn(serve::metrics(listener, desk.reports(), tally, stopped));
            Some(address)
        }
        None => None,
    };
    let room = Room {
        editions: desk.editions(),
        reports: desk.reports(),
        library: Arc::clone(&library),
        clock: Clock::System,
        tally,
    };
    let server = tokio::spawn(serve::run(listener, room, until_stopped(stopped.clone())));
    let (orders, inbox) = mpsc::channel(1);
    reload_on_hangup(reload, orders)?;
    let sources = desk.config().sources.values().filter(|s| s.enabled).count();
    info!("the page:  http://{listen}/");
    info!("the feed:  http://{listen}/atom.xml");
    if let Some(metrics) = metrics {
        info!("the metrics: http://{metrics}/metrics");
    }
    info!("the data:  {}", data.display());
    let sources = counted(sources, "source");
    info!("polling {sources}; Ctrl-C ends");
    notify::ready(&sources);
    let (terminated, interrupted) = (
        told(SignalKind::terminate())?,
        told(SignalKind::interrupt())?,
    );
    let end = async {
        terminated.await;
        library.close().await;
    };
    let interrupted = async {
        interrupted.await;
        notify::stopping();
        library.close().await;
    };
    // Who stops it waits for the answers under way; who sits before it
    // does not: what was promised holds without them.
    tokio::select! {
        () = daemon::run(desk, fetch, Clock::System, inbox, end) => {}
        () = interrupted => {}
    }
    stop.send_replace(true);
    drop(server.await);
    Ok(ExitCode::SUCCESS)
}

/// Resolves when the signal comes.
fn told(kind: SignalKind) -> Result<impl Future<Output = ()>, Ending> {
    let mut told = signal(kind)?;
    Ok(async move {
        told.recv().await;
    })
}

/// SIGHUP reads the configuration again. One that does not load changes
/// nothing that runs (law 9).
fn reload_on_hangup(
    reload: impl Fn() -> Result<Config, config::Mistakes> + Send + 'static,
    orders: mpsc::Sender<Order>,
) -> Result<(), Ending> {
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            notify::reloading();
            match reload().map(Arc::new) {
                Err(mistakes) => {
                    error!("the configuration does not load; nothing changes");
                    for line in mistakes.to_string().lines() {
                        error!("{line}");
                    }
                    if orders.send(Order::Refuse(mistakes.brief())).await.is_err() {
                        return;
                    }
                }
                Ok(config) => {
                    info!(sources = config.sources.len(), "configuration loaded");
                    if orders.send(Order::Configure(config)).await.is_err() {
                        return;
                    }
                }
            }
            notify::ready("running");
        }
    });
    Ok(())
}
