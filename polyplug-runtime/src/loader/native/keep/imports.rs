//! Where a library keeps the addresses of the functions that are ours to give.

use std::ops::Range;

use object::{
    NativeEndian, elf,
    read::{
        Result,
        elf::{FileHeader as _, ProgramHeader as _, Rela as _, SectionHeader as _, Sym as _},
    },
};

type Header = elf::FileHeader64<NativeEndian>;

/// What is to be known of a library before it is opened, by offsets from where it will be.
#[derive(Default, PartialEq, Debug)]
pub(in crate::loader::native) struct Imports {
    /// All of it.
    pub(super) image: Range<usize>,
    /// What the system makes read-only once it has written the addresses.
    pub(super) read_only: Range<usize>,
    /// Each is in a segment that can be written, but for that.
    pub(super) slots: Vec<(usize, Function)>,
}

/// A function of the system's.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Function {
    CreateThread,
    AtThreadExit,
    CreateKey,
    DeleteKey,
    GetKey,
    SetKey,
}

impl Function {
    fn named(name: &[u8]) -> Option<Self> {
        match name {
            b"pthread_create" => Some(Self::CreateThread),
            // The second is what C++ calls, and does the same.
            b"__cxa_thread_atexit_impl" | b"__cxa_thread_atexit" => Some(Self::AtThreadExit),
            b"pthread_key_create" => Some(Self::CreateKey),
            b"pthread_key_delete" => Some(Self::DeleteKey),
            b"pthread_getspecific" => Some(Self::GetKey),
            b"pthread_setspecific" => Some(Self::SetKey),
            _ => None,
        }
    }
}

impl Imports {
    /// The imports of a library that was found whole.
    pub(in crate::loader::native) fn of(bytes: &[u8]) -> Self {
        read(bytes).unwrap_or_else(|error| {
            tracing::warn!(%error, "the imports of the library cannot be read");
            Self::default()
        })
    }
}

fn read(bytes: &[u8]) -> Result<Imports> {
    let header = Header::parse(bytes)?;
    let endian = header.endian()?;
    let mut imports = Imports::default();
    let mut writable = Vec::new();
    for segment in header.program_headers(endian, bytes)? {
        let start = segment.p_vaddr(endian) as usize;
        let range = start..start.saturating_add(segment.p_memsz(endian) as usize);
        match segment.p_type(endian) {
            elf::PT_GNU_RELRO if !range.is_empty() => imports.read_only = range,
            elf::PT_LOAD => {
                if segment.p_flags(endian) & elf::PF_W != 0 {
                    writable.push(range.clone());
                }
                // They stand in the order of their addresses.
                if imports.image.is_empty() {
                    imports.image.start = range.start;
                }
                imports.image.end = range.end;
            }
            _ => {}
        }
    }
    imports.slots = slots(header, bytes)?;
    imports.slots.retain(|(at, _)| {
        let holds =
            |range: &Range<usize>| range.contains(at) && range.end - at >= size_of::<usize>();
        at.is_multiple_of(align_of::<usize>()) && writable.iter().any(holds)
    });
    Ok(imports)
}

/// The places that the dynamic loader writes nothing but one of our functions to.
fn slots(header: &Header, bytes: &[u8]) -> Result<Vec<(usize, Function)>> {
    let endian = header.endian()?;
    let sections = header.sections(endian, bytes)?;
    let symbols = sections.symbols(endian, bytes, elf::SHT_DYNSYM)?;
    let mut slots = Vec::new();
    for section in sections.iter() {
        let Some((relocations, of)) = section.rela(endian, bytes)? else { continue };
        if of != symbols.section() {
            continue;
        }
        for relocation in relocations {
            let plain = is_address(header.e_machine(endian), relocation.r_type(endian, false));
            let Some(index) = relocation.symbol(endian, false) else { continue };
            let symbol = symbols.symbol(index)?;
            if !plain || relocation.r_addend(endian) != 0 || !symbol.is_undefined(endian) {
                continue;
            }
            if let Some(function) = Function::named(symbol.name(endian, symbols.strings())?) {
                slots.push((relocation.r_offset(endian) as usize, function));
            }
        }
    }
    Ok(slots)
}

/// Whether a relocation puts a symbol's address into its place, and nothing else.
fn is_address(machine: u16, kind: u32) -> bool {
    let kinds: &[u32] = match machine {
        elf::EM_X86_64 => &[elf::R_X86_64_GLOB_DAT, elf::R_X86_64_JUMP_SLOT, elf::R_X86_64_64],
        elf::EM_AARCH64 => {
            &[elf::R_AARCH64_GLOB_DAT, elf::R_AARCH64_JUMP_SLOT, elf::R_AARCH64_ABS64]
        }
        elf::EM_RISCV => &[elf::R_RISCV_JUMP_SLOT, elf::R_RISCV_64],
        elf::EM_LOONGARCH => &[elf::R_LARCH_JUMP_SLOT, elf::R_LARCH_64],
        elf::EM_S390 => &[elf::R_390_GLOB_DAT, elf::R_390_JMP_SLOT, elf::R_390_64],
        _ => &[],
    };
    kinds.contains(&kind)
}
