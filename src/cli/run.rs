//! `run`: the service.

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tracing::{error, info, warn};

use super::reload::Reload;
use super::{Done, Ending, Places, counted, load, places};
use crate::care::backup;
use crate::clock::Clock;
use crate::config::{self, Config, Watched};
use crate::daemon::{self, Desk, Watchdog, notify};
use crate::ledger;
use crate::model::Report;
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
    let setting = "`listen` in [server]";
    let file = path.clone();
    let read = move || config::load(&file);
    wait_for(service(config, &data, setting, read, Some(&path)))
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
        daemon::tell_hub(&mut desk, &fetch).await?;
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
    let now = Clock::System.now();
    let mut desk = Desk::open(config, data, now).map_err(|error| Ending::from_desk(&error))?;
    desk.tell_loss(now);
    Ok(desk)
}

/// Runs the service until it is told to end. `setting` is where the address
/// is chosen; `read` reads the configuration again, which is in `file`, if it
/// is in one.
///
/// The desk comes before the listener, so that a second instance hears of the
/// first one and not of its port.
pub(super) async fn service(
    config: Arc<Config>,
    data: &Path,
    setting: &str,
    read: impl Fn() -> Result<Config, config::Mistakes> + Send + 'static,
    file: Option<&Path>,
) -> Done {
    let listen = config.listen;
    let desk = open(config, data)?;
    let listener = match activated()? {
        Some(listener) => listener,
        None => TcpListener::bind(listen)
            .await
            .with_context(|| format!("cannot listen on {listen}; choose another with {setting}"))?
            .into_std()?,
    };
    let listen = listener.local_addr()?;
    let fetch = Arc::new(daemon::client(desk.config())?);
    let (stop, stopped) = watch::channel(false);
    // Whoever is answered may also end us well.
    let (terminated, interrupted) = (
        told(SignalKind::terminate())?,
        told(SignalKind::interrupt())?,
    );
    let library = Arc::new(serve::Library::new(data.join(daemon::DATABASE)));
    let tally = Arc::new(Tally::default());
    let metrics = match desk.config().metrics {
        Some(address) => {
            let (reports, stopped) = (desk.reports(), until_stopped(stopped.clone()));
            Some(tell_scrapers(address, reports, Arc::clone(&tally), stopped).await?)
        }
        None => None,
    };
    tell_status(data, desk.reports(), until_stopped(stopped.clone()));
    let room = Room {
        editions: desk.editions(),
        reports: desk.reports(),
        library: Arc::clone(&library),
        clock: Clock::System,
        tally,
    };
    let house = serve::House::new(room);
    let servers = (0..SERVERS)
        .map(|_| {
            let (listener, house) = (listener.try_clone()?, Arc::clone(&house));
            let stopped = until_stopped(stopped.clone());
            on_a_thread(async move {
                let listener = TcpListener::from_std(listener)?;
                serve::run(listener, house, stopped).await;
                Ok(())
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    drop(listener);
    let (orders, inbox) = mpsc::channel(1);
    let reload = Reload {
        read,
        watched: file.map(|path| Watched::new(path.to_owned())),
        config: Arc::clone(desk.config()),
        began: Arc::clone(desk.config()),
        orders,
        refused: None,
    };
    reload.start()?;
    let sources = desk.config().sources.values().filter(|s| s.enabled).count();
    info!("the page:  http://{listen}/");
    info!("the feed:  http://{listen}/atom.xml");
    if let Some(metrics) = metrics {
        info!("the metrics: http://{metrics}/metrics");
    }
    info!("the data:  {}", data.display());
    let sources = counted(sources, "source");
    info!(name: "ready", "polling {sources}; Ctrl-C ends");
    notify::ready(&sources);
    let watchdog = Watchdog::of(listen);
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
        () = daemon::run(desk, fetch, Clock::System, inbox, watchdog, end) => {}
        () = interrupted => {}
    }
    stop.send_replace(true);
    for server in servers {
        // It has said what went wrong.
        drop(tokio::task::spawn_blocking(|| server.join()).await);
    }
    // systemd starts it again, and then the newest good backup takes over.
    Ok(if backup::marked(data).is_some() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

async fn until_stopped(mut stopped: watch::Receiver<bool>) {
    drop(stopped.wait_for(|stop| *stop).await);
}

/// Serves the metrics on a listener of their own. Where that is.
async fn tell_scrapers(
    address: SocketAddr,
    reports: watch::Receiver<Arc<Report>>,
    tally: Arc<Tally>,
    stopped: impl Future<Output = ()> + Send + 'static,
) -> Result<SocketAddr, Ending> {
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}; choose another with `metrics` in [server]")
    })?;
    let address = listener.local_addr()?;
    tokio::spawn(serve::metrics(listener, reports, tally, stopped));
    Ok(address)
}

/// Tells `status` what the service knows.
fn tell_status(
    data: &Path,
    reports: watch::Receiver<Arc<Report>>,
    stopped: impl Future<Output = ()> + Send + 'static,
) {
    match serve::report_listener(data) {
        Ok(listener) => drop(tokio::spawn(serve::report(listener, reports, stopped))),
        Err(error) => {
            warn!(%error, "`scofeed status` cannot ask the service, and reads what is stored");
        }
    }
}

/// The socket that systemd listens on for us: it keeps those waiting who come
/// while we restart.
fn activated() -> std::io::Result<Option<std::net::TcpListener>> {
    let listener = listenfd::ListenFd::from_env().take_tcp_listener(0)?;
    if let Some(listener) = &listener {
        listener.set_nonblocking(true)?;
    }
    Ok(listener)
}

/// Threads that serve. Each has its own connections, so that an answer wakes
/// nobody but its client.
const SERVERS: usize = 2;

/// Does work on a thread and a runtime of its own.
fn on_a_thread(
    work: impl Future<Output = std::io::Result<()>> + Send + 'static,
) -> std::io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::Builder::new()
        .name("serve".to_owned())
        .spawn(move || {
            if let Err(error) = runtime.block_on(work) {
                error!(%error, "a thread that serves has ended");
            }
        })
}

/// Resolves when the signal comes.
fn told(kind: SignalKind) -> Result<impl Future<Output = ()>, Ending> {
    let mut told = signal(kind)?;
    Ok(async move {
        told.recv().await;
    })
}
