//! Broken JSON becomes JSON: one pass, nothing nested deeper than can be read.

/// Arrays and objects that are open at once at most (C-10); `serde_json`
/// stops at as many.
const DEPTH_AT_MOST: usize = 128;

/// JSON that can be read, and whether its tail was missing.
#[derive(Debug)]
pub(super) struct Repaired {
    pub(super) json: String,
    pub(super) is_cut: bool,
}

/// Mends what publishers get wrong: control characters and impossible escapes
/// in strings, quotes left bare in them, halves of surrogate pairs, numbers
/// that are none, names and strings as scripts write them, comments, commas
/// and colons that are missing or too many, a tail that was cut. `None` if it
/// nests too deep or if no whole value is left.
pub(super) fn repair(text: &str) -> Option<Repaired> {
    let mut repair = Repair {
        rest: text.trim(),
        json: String::with_capacity(text.len()),
        open: Vec::new(),
        arrays: 0,
        is_named: false,
        whole: None,
    };
    while let Some(c) = repair.rest.chars().next() {
        match c {
            '"' | '\'' => repair.string(c)?,
            '{' | '[' => repair.opens(c)?,
            '}' | ']' => repair.closes(c),
            ',' | ':' => repair.mark(c),
            '/' => repair.comment(),
            c if c.is_whitespace() || c.is_control() => repair.skip(c.len_utf8()),
            _ => repair.word(),
        }
        if repair.open.is_empty() && !repair.json.is_empty() {
            return Some(repair.end(false));
        }
    }
    let (len, depth) = repair.whole?;
    repair.json.truncate(len);
    repair.open.truncate(depth);
    Some(repair.end(true))
}

/// What has to come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Name,
    Colon,
    Value,
    /// A comma or an end.
    Mark,
}

struct Repair<'t> {
    rest: &'t str,
    json: String,
    /// The closing marks of what is open.
    open: Vec<char>,
    /// How many of them are those of arrays.
    arrays: usize,
    /// Whether a name was read, but not its colon.
    is_named: bool,
    /// The last place at which an outermost array, or an element of one, was
    /// whole, and how much was open there.
    whole: Option<(usize, usize)>,
}

impl Repair<'_> {
    fn next(&self) -> Next {
        match self.json.bytes().last() {
            _ if self.is_named => Next::Colon,
            Some(b'{') => Next::Name,
            Some(b',') if self.is_in_object() => Next::Name,
            None | Some(b':' | b'[' | b',') => Next::Value,
            Some(_) => Next::Mark,
        }
    }

    fn is_in_object(&self) -> bool {
        self.open.last() == Some(&'}')
    }

    /// Writes the mark that is missing before a name or a value.
    fn separate(&mut self) {
        match self.next() {
            Next::Colon => self.json.push(':'),
            Next::Mark => self.json.push(','),
            Next::Name | Next::Value => {}
        }
        self.is_named = false;
    }

    fn ends_with(&self, mark: u8) -> bool {
        self.json.as_bytes().last() == Some(&mark)
    }

    /// Writes the value that is missing behind a name.
    fn complete(&mut self) {
        if self.next() == Next::Colon {
            self.json.push(':');
            self.is_named = false;
        }
        if self.ends_with(b':') {
            self.json.push_str("null");
        }
    }

    fn skip(&mut self, len: usize) {
        self.rest = self.rest.get(len..).unwrap_or_default();
    }

    fn opens(&mut self, mark: char) -> Option<()> {
        if self.open.len() >= DEPTH_AT_MOST {
            return None;
        }
        self.separate();
        self.open.push(if mark == '{' { '}' } else { ']' });
        self.arrays += usize::from(mark == '[');
        self.json.push(mark);
        self.skip(1);
        Some(())
    }

    fn closes(&mut self, mark: char) {
        self.skip(1);
        if self.open.last() != Some(&mark) {
            return;
        }
        self.complete();
        self.open.pop();
        self.arrays -= usize::from(mark == ']');
        if self.ends_with(b',') {
            self.json.pop();
        }
        self.json.push(mark);
        let is_element = self.arrays == 1 && self.open.last() == Some(&']');
        if is_element || (self.arrays == 0 && mark == ']') {
            self.whole = Some((self.json.len(), self.open.len()));
        }
    }

    fn mark(&mut self, mark: char) {
        self.skip(1);
        if mark == ',' {
            self.complete();
        }
        match (self.next(), mark) {
            (Next::Colon, _) => {
                self.json.push(':');
                self.is_named = false;
            }
            (Next::Mark, ',') => self.json.push(','),
            _ => {}
        }
    }

    fn comment(&mut self) {
        let end = match self.rest.as_bytes() {
            [b'/', b'/', ..] => "\n",
            [b'/', b'*', ..] => "*/",
            _ => return self.skip(1),
        };
        let len = self.rest.find(end).map(|at| at + end.len());
        self.skip(len.unwrap_or(self.rest.len()));
    }

    /// A string; one that is cut off is not taken.
    fn string(&mut self, quote: char) -> Option<()> {
        let begin = self.json.len();
        let was_named = self.is_named;
        self.separate();
        let is_name = self.next() == Next::Name;
        self.json.push('"');
        self.skip(1);
        loop {
            let Some(end) = self
                .rest
                .find(|c: char| c == quote || c == '"' || c == '\\' || c.is_control())
            else {
                self.json.truncate(begin);
                self.is_named = was_named;
                self.rest = "";
                return Some(());
            };
            let (run, from) = self.rest.split_at(end);
            self.json.push_str(run);
            self.rest = from;
            let c = from.chars().next()?;
            if c == '\\' {
                self.escape();
                continue;
            }
            self.skip(c.len_utf8());
            match c {
                c if c == quote && (is_name || self.ends()) => break,
                '\n' if !is_name && self.was_left_open() => break,
                '"' => self.json.push_str("\\\""),
                '\'' => self.json.push('\''),
                '\n' => self.json.push_str("\\n"),
                '\t' => self.json.push_str("\\t"),
                _ => {}
            }
        }
        self.json.push('"');
        self.is_named = is_name;
        Some(())
    }

    /// Whether the string that is a value ends at the quote just read: it
    /// does if what follows could not follow a quote in a text.
    fn ends(&self) -> bool {
        let after = self.rest.trim_start();
        let Some(next) = after.chars().next() else {
            return true;
        };
        match next {
            '}' | ']' => true,
            ',' => {
                let then = after.get(1..).unwrap_or_default().trim_start();
                then.is_empty()
                    || then.starts_with(['}', ']', ','])
                    || is_comment(then)
                    || if self.is_in_object() {
                        begins_with_name(then)
                    } else {
                        then.starts_with(['"', '\'', '{', '[']) || begins_with_word(then)
                    }
            }
            '"' | '\'' if self.is_in_object() => begins_with_name(after),
            '"' | '\'' | '{' => !self.is_in_object(),
            '/' => is_comment(after),
            _ => self.rest.starts_with('\n') && self.is_in_object() && begins_with_name(after),
        }
    }

    /// Whether a line has just ended in a string that never does: the next
    /// line begins with a name.
    fn was_left_open(&mut self) -> bool {
        const INDENT_AT_MOST: usize = 64;
        let indent = self.rest.bytes().take(INDENT_AT_MOST);
        let indent = indent
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        let line = self.rest.get(indent..).unwrap_or_default();
        let is_open = self.is_in_object() && line.starts_with('"') && begins_with_name(line);
        if is_open && self.ends_with(b',') {
            self.json.pop();
        }
        is_open
    }

    /// An escape in a string, made one that means a character.
    fn escape(&mut self) {
        let after = self.rest.get(1..).unwrap_or_default();
        let Some(c) = after.chars().next() else {
            self.rest = "";
            return;
        };
        if c == 'x'
            && let Some(code) = after.get(1..3).and_then(hexadecimal)
        {
            self.skip(4);
            return self.character(code);
        }
        if c != 'u' {
            self.skip(1 + c.len_utf8());
            if matches!(c, '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') {
                self.json.push('\\');
            }
            if !c.is_control() {
                self.json.push(c);
            }
            return;
        }
        let unit = |from: &str| hexadecimal(from.strip_prefix("\\u")?.get(..4)?);
        let first = unit(self.rest);
        let second = self.rest.get(6..).and_then(unit);
        let (taken, code) = match (first, second) {
            (Some(high @ 0xd800..=0xdbff), Some(low @ 0xdc00..=0xdfff)) => {
                (12, 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
            }
            (Some(code), _) => (6, code),
            (None, _) => (2, 0xfffd),
        };
        self.skip(taken);
        self.character(code);
    }

    /// Writes a character of a string.
    fn character(&mut self, code: u32) {
        match char::from_u32(code).unwrap_or('\u{fffd}') {
            '"' => self.json.push_str("\\\""),
            '\\' => self.json.push_str("\\\\"),
            '\n' => self.json.push_str("\\n"),
            c if c.is_control() => {}
            c => self.json.push(c),
        }
    }

    /// A name without quotes, a number, one of the words of JSON; all else is
    /// nothing.
    fn word(&mut self) {
        let end = self
            .rest
            .find(|c: char| c.is_whitespace() || c.is_control() || "\"{}[],:".contains(c))
            .unwrap_or(self.rest.len());
        let first = self.rest.chars().next().map_or(0, char::len_utf8);
        let (word, rest) = self.rest.split_at(end.max(first));
        self.rest = rest;
        if self.is_in_object() && matches!(self.next(), Next::Name | Next::Mark) {
            if rest.trim_start().starts_with(':') {
                self.separate();
                self.quoted(word);
                self.is_named = true;
            }
            return;
        }
        let is_value = serde_json::from_str::<serde_json::Value>(word).is_ok();
        let is_number = word
            .chars()
            .all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
        if self.next() == Next::Mark && !is_value {
            return;
        }
        self.separate();
        if is_value {
            self.json.push_str(word);
        } else if is_number {
            // 1e999, 007: kept as it is written.
            self.quoted(word);
        } else {
            self.json.push_str("null");
        }
    }

    fn quoted(&mut self, word: &str) {
        self.json.push('"');
        self.json.extend(word.chars().filter(|c| *c != '\\'));
        self.json.push('"');
    }

    fn end(mut self, is_cut: bool) -> Repaired {
        while let Some(mark) = self.open.pop() {
            self.json.push(mark);
        }
        Repaired {
            json: self.json,
            is_cut,
        }
    }
}

fn is_comment(text: &str) -> bool {
    text.starts_with("//") || text.starts_with("/*")
}

fn hexadecimal(digits: &str) -> Option<u32> {
    let code = u32::from_str_radix(digits, 16).ok();
    code.filter(|_| !digits.starts_with('+'))
}

/// The bytes in which a name or a word ends.
const NAME_AT_MOST: usize = 256;

/// Whether a text begins with a number or a word of a script, which is a
/// value, and what follows a value.
fn begins_with_word(text: &str) -> bool {
    let of_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'+' | b'-' | b'.');
    let len = text.bytes().take(NAME_AT_MOST).take_while(of_word).count();
    let after = text.get(len..).unwrap_or_default().trim_start();
    len > 0 && (after.is_empty() || after.starts_with([',', ']']) || is_comment(after))
}

/// Whether a text begins with the name of a member and its colon.
fn begins_with_name(text: &str) -> bool {
    let after = match text.strip_prefix(['"', '\'']) {
        Some(name) => {
            let quote = if text.starts_with('"') { b'"' } else { b'\'' };
            let mut is_escaped = false;
            let end = name.bytes().take(NAME_AT_MOST).position(|b| {
                let ends = b == quote && !is_escaped;
                is_escaped = b == b'\\' && !is_escaped;
                ends
            });
            end.and_then(|end| name.get(end + 1..))
        }
        None => {
            let of_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$');
            let len = text.bytes().take(NAME_AT_MOST).take_while(of_name).count();
            text.get(len..).filter(|_| len > 0)
        }
    };
    let colon = after.and_then(|after| after.trim_start().strip_prefix(':'));
    // `https://` names nothing.
    colon.is_some_and(|value| !value.starts_with("//"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str, cut: bool) {
        let repaired = repair(text).unwrap();
        assert_eq!(
            (repaired.json.as_str(), repaired.is_cut),
            (expected, cut),
            "{text}"
        );
        serde_json::from_str::<serde_json::Value>(&repaired.json).unwrap();
    }

    #[test]
    fn what_publishers_get_wrong_is_mended() {
        check(r#"{"a": [1, 2,], }"#, r#"{"a":[1,2]}"#, false);
        check("{\"a\": \"x\ny\u{1}\"}", r#"{"a":"x\ny"}"#, false);
        check(r#"{"a": "it\'s \q"}"#, r#"{"a":"it's q"}"#, false);
        check(
            r#"{"a": "\ud83d \ud83d\ude00 \uzz"}"#,
            "{\"a\":\"\u{fffd} \u{1f600} \u{fffd}zz\"}",
            false,
        );
        check(
            r#"{"a": 1e999, "b": NaN, "c": 007}"#,
            r#"{"a":"1e999","b":null,"c":"007"}"#,
            false,
        );
        check(r#"{"a": "\u0022\u005c\u000a"}"#, r#"{"a":"\"\\\n"}"#, false);
        check(r#"{"a": 1} rest"#, r#"{"a":1}"#, false);
        check(r#"{"a": "it\x27s \xzz"}"#, r#"{"a":"it's xzz"}"#, false);
        check("{\"a\":,\"b\":}", r#"{"a":null,"b":null}"#, false);
    }

    #[test]
    fn quotes_that_end_no_string_are_part_of_it() {
        check(
            r#"{"a": "he said "yes", then "no".", "b": [""x" y", "z"]}"#,
            r#"{"a":"he said \"yes\", then \"no\".","b":["\"x\" y","z"]}"#,
            false,
        );
        check(
            r#"{"a": "the "Silk Road"", "b": ""}"#,
            r#"{"a":"the \"Silk Road\"","b":""}"#,
            false,
        );
        check(
            "{\"a\": \"never closed,\n \"b\": \"c\"}",
            r#"{"a":"never closed","b":"c"}"#,
            false,
        );
    }

    #[test]
    fn a_name_ends_at_its_own_quote() {
        check(
            r#"[{"a": "x", "it's": 1,}, {"a": "y", "a \"b\"": 2}]"#,
            r#"[{"a":"x","it's":1},{"a":"y","a \"b\"":2}]"#,
            false,
        );
        let long = "n".repeat(200);
        check(
            &format!(r#"[{{"a": "x", "{long}": 1,}}]"#),
            &format!(r#"[{{"a":"x","{long}":1}}]"#),
            false,
        );
    }

    #[test]
    fn any_word_may_follow_a_string_in_a_list() {
        check(
            r#"{"a": ["x", undefined], "b": ["y", NaN, -1, "say "no", then go"]}"#,
            r#"{"a":["x",null],"b":["y",null,-1,"say \"no\", then go"]}"#,
            false,
        );
    }

    #[test]
    fn what_is_missing_between_values_is_put_there() {
        check(
            "{\"a\": \"x\"\n \"b\" : 2 \"c\" [{} {}]}",
            r#"{"a":"x","b":2,"c":[{},{}]}"#,
            false,
        );
        check(
            "{a: 'it's \"so\"', // why\n 'b-c': 1, d: true}",
            r#"{"a":"it's \"so\"","b-c":1,"d":true}"#,
            false,
        );
    }

    #[test]
    fn a_cut_tail_costs_what_is_not_whole() {
        check(
            r#"{"t": "x", "items": [{"a": [1]}, {"a": [2]}, {"a": [3"#,
            r#"{"t":"x","items":[{"a":[1]},{"a":[2]}]}"#,
            true,
        );
        check(
            r#"{"items": [{"a": 1}], "t": "x"#,
            r#"{"items":[{"a":1}]}"#,
            true,
        );
        assert!(repair(r#"{"t": "x"#).is_none());
        assert!(repair("").is_none());
    }

    #[test]
    fn depth_is_limited() {
        assert!(repair(&"[".repeat(100_000)).is_none());
    }
}
