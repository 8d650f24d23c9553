//! A flag for each setting.
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use crate::config::{KEYS, Key};

/// The settings given on the command line: dotted keys and values.
#[derive(Debug, Default)]
pub(super) struct Flags(pub(super) Vec<(String, String)>);

/// The name of every setting, with the other name of each secret, and what it is for.
fn names() -> impl Iterator<Item = (&'static str, String)> {
    KEYS.iter().flat_map(|key| {
        let about = match key.default {
            Some([serve, _]) if !serve.is_empty() => format!("{} [default: {serve}]", key.about),
            _ => key.about.to_owned(),
        };
        let file = key
            .secret
            .map(|name| (name, format!("A file that holds {}", key.name)));
        [(key.name, about)].into_iter().chain(file)
    })
}

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        let flag = |(name, about): (&'static str, String)| {
            // clap keeps names for as long as the program runs
            let long: &'static str = Box::leak(Key::flag(name).into_boxed_str());
            Arg::new(name)
                .long(long.trim_start_matches('-'))
                .value_name("VALUE")
                .help(about)
                .help_heading("Settings")
                .global(true)
                .hide_short_help(true)
        };
        command.args(names().map(flag))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = names().filter_map(|(name, _)| {
            let value = matches.get_one::<String>(name)?;
            Some((name.to_owned(), value.clone()))
        });
        Ok(Self(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
