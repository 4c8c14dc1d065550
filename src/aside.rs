//! Work on documents of strangers: on a thread of its own, which is given up
//! if it takes too long (C-13), and whose panic stays its own (law 5).
//!
//! # Why two threads
//! A thread cannot be ended from outside. The one that works is left to
//! itself when its time is over; the one that waits for it is of tokio's pool,
//! and free again.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::model::Failure;

/// What one document may take of a processor (C-13).
const PROCESSOR_AT_MOST: Duration = Duration::from_secs(2);

/// The least time until it is looked at again how much of it was taken.
const LOOKED_AT_EVERY: Duration = Duration::from_millis(20);

/// What `work` yields, if it does in time.
pub async fn work<T, W>(work: W) -> Result<T, Failure>
where
    T: Send + 'static,
    W: FnOnce() -> Result<T, Failure> + Send + 'static,
{
    tokio::task::spawn_blocking(|| within(PROCESSOR_AT_MOST, work))
        .await
        .unwrap_or_else(|panic| Err(Failure::Panicked(panic.to_string())))
}

/// What `work` yields, its panic a failure.
pub fn contained<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    // Nothing that outlives a panic is shared with what panicked.
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(Failure::Panicked(said(panic.as_ref()))))
}

fn within<T: Send + 'static>(
    most: Duration,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let (begin, begun) = mpsc::channel();
    let (end, ended) = mpsc::channel();
    let worker = thread::Builder::new().name("document".to_owned());
    let worker = worker.spawn(move || {
        // Who waits no longer needs no answer.
        begin.send(here()).ok();
        end.send(contained(work)).ok();
    });
    worker.map_err(|error| Failure::Unreadable(format!("no thread to read it: {error}")))?;
    let place = begun.recv().ok().flatten();
    let mut left = most;
    loop {
        match ended.recv_timeout(left.max(LOOKED_AT_EVERY)) {
            Ok(yielded) => return yielded,
            Err(RecvTimeoutError::Disconnected) => return Err(Failure::Panicked(said(&()))),
            Err(RecvTimeoutError::Timeout) => {}
        }
        // On a busy machine time passes in which nothing is done. Where the
        // system does not tell, all of it counts.
        let took = place.as_deref().and_then(processor).unwrap_or(most);
        left = most.saturating_sub(took);
        if left.is_zero() {
            return Err(Failure::Slow(most));
        }
    }
}

/// Where the system tells of the thread that calls.
fn here() -> Option<PathBuf> {
    let thread = std::fs::read_link("/proc/thread-self").ok()?;
    Some(Path::new("/proc").join(thread).join("schedstat"))
}

/// What a thread took of a processor.
fn processor(place: &Path) -> Option<Duration> {
    let told = std::fs::read_to_string(place).ok()?;
    let nanoseconds = told.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

fn said(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|said| (*said).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a word".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    const SHORT: Duration = Duration::from_millis(30);

    #[test]
    fn what_takes_too_long_is_given_up() {
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let given_up = within(SHORT, move || {
            while !over.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
            Ok(())
        });
        is_over.store(true, Ordering::Relaxed);
        assert_eq!(given_up, Err(Failure::Slow(SHORT)));
    }

    #[test]
    fn time_in_which_nothing_is_done_does_not_count() {
        let (go, went) = mpsc::channel();
        let waits = move || went.recv_timeout(4 * SHORT).map_or(Ok(1), |()| Ok(2));
        assert_eq!(within(SHORT, waits), Ok(1));
        drop::<mpsc::Sender<()>>(go);
    }

    #[test]
    fn a_panic_is_a_failure() {
        let panics = || -> Result<(), Failure> { panic!("at {}", 7) };
        let expected = Err(Failure::Panicked("at 7".to_owned()));
        assert_eq!(within(PROCESSOR_AT_MOST, panics), expected);
    }
}
