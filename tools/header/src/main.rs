//! Prints headers for plugins in C and C++.

use std::io::Read as _;
use std::process::ExitCode;
use std::{env, io};

use polyplug_guest::{BundleId, identity};
use polyplug_header::{abi_header, contract_header};

const USAGE: &str = "\
usage: polyplug-header abi          prints polyplug.h
       polyplug-header contract     reads a contract's schema as JSON, prints its header
       polyplug-header id NAME      prints the id of the bundle NAME";

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<String, Box<dyn std::error::Error>> {
    match arguments {
        ["abi"] => Ok(abi_header()),
        ["contract"] => {
            let mut schema = String::new();
            io::stdin().read_to_string(&mut schema)?;
            Ok(contract_header(&schema)?)
        }
        ["id", name] if identity::is_valid_name(name) => Ok(format!("{}\n", BundleId::of(name))),
        ["id", name] => Err(format!("`{name}` is no name of a bundle").into()),
        _ => Err(USAGE.into()),
    }
}
