//! `rebuild`: a lost database, founded anew on what was published.

use std::path::PathBuf;
use std::process::ExitCode;

use super::{Done, Ending, Places, load, places, run, say};
use crate::care::{self, Place};
use crate::clock::Clock;
use crate::daemon::{self, Desk};
use crate::model::WebUrl;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where our feed is: the address of its page, or the directory of
    /// [publish]
    #[arg(long, value_name = "URL|DIR")]
    from_published: String,
}

pub(super) fn run(places: &Places, args: &Args) -> Done {
    let config = load(places)?;
    let data = places::data(places)?;
    let now = Clock::System.now();
    let mut desk = Desk::open(config, &data, now).map_err(|error| Ending::from_desk(&error))?;
    let place = match WebUrl::parse(&args.from_published) {
        Some(url) => Place::Site(url),
        None => Place::Directory(PathBuf::from(&args.from_published)),
    };
    let fetch = daemon::client(desk.config())?;
    let config = desk.config().clone();
    let published = run::wait_for(async { Ok(care::gather(&place, &config, &fetch).await?) })?;
    desk.rebuild(&published, now)?;
    say(format_args!(
        "{} stories and {} archives are back; `scofeed run` goes on from here",
        published.seeds.len(),
        published.archives.len(),
    ));
    Ok(ExitCode::SUCCESS)
}
