//! `vocabulary`: the terms in force, one a line, as the configuration leaves
//! them: what is removed is not here, what is added is.

use std::process::ExitCode;

use serde_json::json;

use super::{Done, Places, say, trying};
use crate::topic::Term;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// One JSON object a term
    #[arg(long)]
    json: bool,
}

pub(super) fn run(places: &Places, args: &Args) -> Done {
    let config = trying::rules(places)?;
    tell(config.rules.terms(), None, args.json);
    for (key, source) in &config.sources {
        tell(source.rules.own_terms(), Some(key.as_str()), args.json);
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints terms: those of the topic, or those that only one source has.
fn tell(terms: &[Term], source: Option<&str>, as_json: bool) {
    for term in terms {
        if as_json {
            say(json!({
                "term": term.text,
                "list": term.list,
                "language": term.language,
                "source": source,
            }));
        } else {
            let from = match (&term.language, source) {
                (Some(language), _) => language.clone(),
                (None, Some(source)) => format!("[{source}]"),
                (None, None) => "[topic]".to_owned(),
            };
            say(format_args!(
                "{:<8} {from:<8} {}",
                term.list.as_str(),
                term.text
            ));
        }
    }
}
