//! One contract in all its versions, as a host or a plugin of each time has it.
#![forbid(unsafe_code)]

/// The first one, which was not finished.
pub mod v0_1 {
    use polyplug_guest::contract;

    /// Says who is called, and adds.
    #[contract(name = "test.growing", version = "0.1")]
    pub trait Growing {
        /// The version of the plugin.
        fn version(&self) -> u32;

        /// `a + b`.
        fn add(&self, a: u8, b: u8) -> u8;
    }
}

/// The second one, which was not finished either: no method is as it was.
pub mod v0_2 {
    use polyplug_guest::contract;

    /// Says who is called, and adds.
    #[contract(name = "test.growing", version = "0.2")]
    pub trait Growing {
        /// The version of the plugin.
        fn version(&self) -> String;

        /// `a + b`.
        fn add(&self, a: u16, b: u16) -> u16;
    }
}

/// The first one to rely on.
pub mod v1_0 {
    use polyplug_guest::contract;

    /// Says who is called, and adds.
    #[contract(name = "test.growing", version = "1.0")]
    pub trait Growing {
        /// The version of the plugin.
        fn version(&self) -> String;

        /// `a + b`.
        fn add(&self, a: u32, b: u32) -> u32;
    }
}

/// With a method more, which older plugins cannot do without.
pub mod v1_1 {
    use polyplug_guest::contract;

    /// Says who is called, adds, and subtracts.
    #[contract(name = "test.growing", version = "1.1")]
    pub trait Growing {
        /// The version of the plugin.
        fn version(&self) -> String;

        /// `a + b`.
        fn add(&self, a: u32, b: u32) -> u32;

        /// `a - b`.
        #[since("1.1")]
        fn subtract(&self, a: u32, b: u32) -> Result<u32, String>;
    }
}

/// With another one, which the contract has a body for.
pub mod v1_2 {
    use polyplug_guest::contract;

    /// Says who is called, adds, subtracts, and doubles.
    #[contract(name = "test.growing", version = "1.2")]
    pub trait Growing {
        /// The version of the plugin.
        fn version(&self) -> String;

        /// `a + b`.
        fn add(&self, a: u32, b: u32) -> u32;

        /// `a - b`.
        #[since("1.1")]
        fn subtract(&self, a: u32, b: u32) -> Result<u32, String>;

        /// Twice `a`, and who found that.
        #[since("1.2")]
        fn double(&self, a: u32) -> String {
            format!("{} by default", self.add(a, a))
        }
    }
}

/// Made anew: all methods are there from the beginning, and add larger numbers.
pub mod v2_0 {
    use polyplug_guest::contract;

    /// Says who is called, adds, and subtracts.
    #[contract(name = "test.growing", version = "2.0")]
    pub trait Growing {
        /// The version of the plugin.
        fn version(&self) -> String;

        /// `a + b`.
        fn add(&self, a: u64, b: u64) -> u64;

        /// `a - b`.
        fn subtract(&self, a: u64, b: u64) -> Result<u64, String>;
    }
}

/// Another contract, whose type somebody changes.
pub mod measuring {
    use polyplug_guest::{Abi, contract};

    /// What was measured.
    #[derive(Abi, Clone, PartialEq, Debug)]
    pub struct Reading {
        /// When.
        pub at: u64,
        /// How much.
        pub value: f64,
    }

    /// Measures.
    #[contract(name = "test.measuring", version = "1.0")]
    pub trait Measuring {
        /// All that was measured.
        fn readings(&self) -> Vec<Reading>;
    }
}

/// What nobody should do: version 1.0 with another method under the same name, and with
/// another type under the same name.
pub mod changed {
    use polyplug_guest::{Abi, contract};

    /// Says who is called, and adds more.
    #[contract(name = "test.growing", version = "1.0")]
    pub trait Growing {
        /// The version of the plugin.
        fn version(&self) -> String;

        /// All of `numbers`.
        fn add(&self, numbers: Vec<u32>) -> u64;
    }

    /// What was measured, in less room, and in what unit.
    #[derive(Abi, Clone, PartialEq, Debug)]
    pub struct Reading {
        /// When.
        pub at: u64,
        /// How much.
        pub value: f32,
        /// In what unit.
        pub unit: String,
    }

    /// Measures.
    #[contract(name = "test.measuring", version = "1.0")]
    pub trait Measuring {
        /// All that was measured.
        fn readings(&self) -> Vec<Reading>;
    }
}
