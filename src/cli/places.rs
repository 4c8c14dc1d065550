//! Where the configuration and the data live, unless the arguments say.

use std::path::{Path, PathBuf};

use anyhow::anyhow;

use super::{BAD_CONFIG, Ending, Places};
use crate::daemon::DATABASE;
use crate::store::Reader;

const FILE: &str = "feeds.toml";
const ETC: &str = "/etc/scofeed";

/// The configuration file: as given, else `./feeds.toml`, else in
/// `$CONFIGURATION_DIRECTORY`, else in `/etc/scofeed` (D-04).
pub(super) fn config(places: &Places) -> Result<PathBuf, Ending> {
    if let Some(given) = &places.config {
        return Ok(given.clone());
    }
    let mut tried = vec![PathBuf::from(FILE)];
    tried.extend(from_unit("CONFIGURATION_DIRECTORY").map(|dir| dir.join(FILE)));
    tried.push(Path::new(ETC).join(FILE));
    tried
        .iter()
        .find(|path| path.is_file())
        .cloned()
        .ok_or_else(|| {
            let tried: Vec<String> = tried
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            let tried = tried.join(", ");
            Ending::said(
                BAD_CONFIG,
                format!("no configuration: looked for {tried}; name one with --config"),
            )
        })
}

/// A directory that the unit names. systemd joins several with colons; ours
/// is the first.
fn from_unit(variable: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os(variable)?).next()
}

/// The data directory.
pub(super) fn data(places: &Places) -> Result<PathBuf, Ending> {
    if let Some(given) = &places.data {
        return Ok(given.clone());
    }
    if let Some(state) = from_unit("STATE_DIRECTORY") {
        return Ok(state);
    }
    let config = config(places)?;
    let beside = config.parent().unwrap_or(Path::new(""));
    Ok(if beside == Path::new(ETC) {
        PathBuf::from("/var/lib/scofeed")
    } else {
        beside.join("data")
    })
}

/// What to do where this account may not.
const AS_ACCOUNT: &str = "ask as the account that runs scofeed: `sudo -u scofeed scofeed …`";

/// What to do about a database that is damaged.
pub(super) const RESTORES: &str = "stop the service and start it again: it puts the newest good \
                                   backup in its place; or `scofeed restore`";

/// Whether a data directory has a database, if this account may know.
pub(super) fn has_database(data: &Path) -> Result<bool, Ending> {
    let path = data.join(DATABASE);
    let forbidden = |error| anyhow!("{}: {error}: {AS_ACCOUNT}", path.display());
    Ok(path.try_exists().map_err(forbidden)?)
}

/// A reader of the service's database; `None` if there is none yet.
pub(super) fn reader(places: &Places) -> Result<Option<Reader>, Ending> {
    let data = data(places)?;
    if !has_database(&data)? {
        return Ok(None);
    }
    let reader = Reader::open(&data.join(DATABASE)).map_err(|error| {
        if error.is_forbidden() {
            anyhow!("{error}: {AS_ACCOUNT}")
        } else if error.is_damage() {
            anyhow!("{error}: {RESTORES}")
        } else {
            error.into()
        }
    })?;
    Ok(Some(reader))
}
