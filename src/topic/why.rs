//! A verdict and its reasons, for a terminal (TOPIC-AND-STORIES 1.7).

use crate::model::{Field, List, Reason, Verdict};

/// The verdict in capitals, then one line an occurrence.
pub fn explain(verdict: Verdict, reasons: &[Reason]) -> String {
    let verdict = verdict.as_str().to_uppercase();
    if reasons.is_empty() {
        return format!("{verdict}  no term of the topic occurs");
    }
    let lines = reasons.iter().map(line);
    std::iter::once(verdict)
        .chain(lines)
        .collect::<Vec<_>>()
        .join("\n")
}

fn line(reason: &Reason) -> String {
    let counts = reason.unless.is_none() && reason.list != List::Not;
    let near = reason.context.as_ref().map_or_else(String::new, |near| {
        format!(
            ", {} words from context \"{}\" «{}»",
            near.distance, near.term, near.matched
        )
    });
    let unless = reason
        .unless
        .as_ref()
        .map_or_else(String::new, |unless| format!(": does not count, {unless}"));
    format!(
        " {} {:<10} {:<6} {} \"{}\" matched «{}» at {}{near}{unless}",
        if counts { '+' } else { '-' },
        field(reason.field),
        reason.list.as_str(),
        reason.language.as_deref().unwrap_or("own"),
        reason.term,
        reason.matched,
        reason.at,
    )
}

fn field(field: Field) -> &'static str {
    match field {
        Field::Title => "title",
        Field::Summary => "summary",
        Field::Categories => "category",
        Field::Content => "content",
    }
}
