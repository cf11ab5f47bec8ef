//! How GGUF stores numbers: the types of the ggml library, by their codes, and what a block of each takes.

use flambeau_core::DType;

macro_rules! types {
    ($($name:ident $code:literal $text:literal $elements:literal in $bytes:literal: $about:literal;)*) => {
        /// The type of a tensor in a GGUF file. Rows are stored in blocks of as many elements as [`block`](Self::block) says.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum GgmlType {
            $(#[doc = $about] $name,)*
        }

        impl GgmlType {
            /// All of them, in the order of their codes.
            pub const ALL: [GgmlType; [$($code),*].len()] = [$(GgmlType::$name),*];

            /// The type of a code in a file.
            pub(super) fn from_code(code: u32) -> Option<GgmlType> {
                Some(match code {
                    $($code => GgmlType::$name,)*
                    _ => return None,
                })
            }

            /// ggml's name: `F32`, `Q4_K`, `IQ2_XXS`, …
            pub const fn name(self) -> &'static str {
                match self {
                    $(GgmlType::$name => $text,)*
                }
            }

            /// The elements of one block.
            pub const fn block(self) -> usize {
                match self {
                    $(GgmlType::$name => $elements,)*
                }
            }

            /// The bytes of one block.
            pub const fn block_bytes(self) -> usize {
                match self {
                    $(GgmlType::$name => $bytes,)*
                }
            }
        }
    };
}

types! {
    F32 0 "F32" 1 in 4: "IEEE single precision.";
    F16 1 "F16" 1 in 2: "IEEE half precision.";
    Q4_0 2 "Q4_0" 32 in 18: "4 bits about 8, times a half.";
    Q4_1 3 "Q4_1" 32 in 20: "4 bits, times a half, plus a half.";
    Q5_0 6 "Q5_0" 32 in 22: "5 bits about 16, times a half.";
    Q5_1 7 "Q5_1" 32 in 24: "5 bits, times a half, plus a half.";
    Q8_0 8 "Q8_0" 32 in 34: "Signed bytes, times a half.";
    Q8_1 9 "Q8_1" 32 in 36: "Signed bytes, times a half; their sum is noted beside them.";
    Q2K 10 "Q2_K" 256 in 84: "2 bits, scales and minima of 4 bits for every 16.";
    Q3K 11 "Q3_K" 256 in 110: "3 bits about 4, scales of 6 bits for every 16.";
    Q4K 12 "Q4_K" 256 in 144: "4 bits, scales and minima of 6 bits for every 32.";
    Q5K 13 "Q5_K" 256 in 176: "5 bits, scales and minima of 6 bits for every 32.";
    Q6K 14 "Q6_K" 256 in 210: "6 bits about 32, scales of 8 bits for every 16.";
    Q8K 15 "Q8_K" 256 in 292: "Signed bytes, times a single; their sums are noted beside them.";
    IQ2XXS 16 "IQ2_XXS" 256 in 66: "Groups of eight from a codebook, 2.06 bits each.";
    IQ2XS 17 "IQ2_XS" 256 in 74: "Groups of eight from a codebook, 2.31 bits each.";
    IQ3XXS 18 "IQ3_XXS" 256 in 98: "Groups of four from a codebook, 3.06 bits each.";
    IQ1S 19 "IQ1_S" 256 in 50: "Groups of eight from a codebook, 1.56 bits each.";
    IQ4NL 20 "IQ4_NL" 32 in 18: "4 bits that choose from 16 uneven levels, times a half.";
    IQ3S 21 "IQ3_S" 256 in 110: "Groups of four from a codebook, 3.44 bits each.";
    IQ2S 22 "IQ2_S" 256 in 82: "Groups of eight from a codebook, 2.56 bits each.";
    IQ4XS 23 "IQ4_XS" 256 in 136: "4 bits that choose from 16 uneven levels, scales of 6 bits for every 32.";
    I8 24 "I8" 1 in 1: "Signed 8-bit integer.";
    I16 25 "I16" 1 in 2: "Signed 16-bit integer.";
    I32 26 "I32" 1 in 4: "Signed 32-bit integer.";
    I64 27 "I64" 1 in 8: "Signed 64-bit integer.";
    F64 28 "F64" 1 in 8: "IEEE double precision.";
    IQ1M 29 "IQ1_M" 256 in 56: "Groups of eight from a codebook, 1.75 bits each.";
    BF16 30 "BF16" 1 in 2: "bfloat16.";
    TQ1_0 34 "TQ1_0" 256 in 54: "-1, 0 or 1, five to a byte, times a half.";
    TQ2_0 35 "TQ2_0" 256 in 66: "-1, 0 or 1 in 2 bits, times a half.";
    MXFP4 39 "MXFP4" 32 in 17: "Floats of 4 bits (E2M1), times a power of two.";
    NVFP4 40 "NVFP4" 64 in 36: "Floats of 4 bits (E2M1), times floats of 7 bits (UE4M3) for every 16.";
    Q1_0 41 "Q1_0" 128 in 18: "A half or its negative, in 1 bit.";
}

impl GgmlType {
    /// The dtype of a type that is stored as it is; `None` if it is quantized.
    pub const fn dtype(self) -> Option<DType> {
        Some(match self {
            GgmlType::F16 => DType::F16,
            GgmlType::BF16 => DType::BF16,
            GgmlType::F32 => DType::F32,
            GgmlType::F64 => DType::F64,
            GgmlType::I8 => DType::I8,
            GgmlType::I16 => DType::I16,
            GgmlType::I32 => DType::I32,
            GgmlType::I64 => DType::I64,
            _ => return None,
        })
    }
}
