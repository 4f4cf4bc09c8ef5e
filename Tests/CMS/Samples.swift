/// The beginnings of files of many kinds.
enum Samples {
    private static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static func box(_ brand: String) -> [UInt8] {
        [0, 0, 0, 0x20] + text("ftyp\(brand)") + [0, 0, 0, 0] + text("mif1miafmp41")
            + [UInt8](repeating: 0, count: 16)
    }

    /// A whole picture of one pixel.
    static let png: [UInt8] = [
        0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0,
        0, 1, 0, 0, 0, 1, 8, 4, 0, 0, 0, 0xB5, 0x1C, 0x0C, 0x02, 0, 0, 0, 11, 0x49, 0x44, 0x41,
        0x54, 0x78, 0xDA, 0x63, 0x64, 0xF8, 0x0F, 0, 1, 5, 1, 1, 0x27, 0x18, 0xE3, 0x66, 0, 0, 0,
        0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
    ]

    static let taken: [(String, [UInt8])] = [
        ("image/png", png),
        (
            "image/jpeg",
            [0xFF, 0xD8, 0xFF, 0xE0, 0, 16] + text("JFIF") + [0, 1, 1, 0, 0, 1, 0, 1, 0, 0]
        ),
        ("image/gif", text("GIF89a") + [1, 0, 1, 0, 0, 0, 0, 0x3B]),
        (
            "image/webp",
            text("RIFF") + [36, 0, 0, 0] + text("WEBPVP8 ") + [24, 0, 0, 0]
                + [UInt8](repeating: 0, count: 24)
        ),
        ("image/avif", box("avif")), ("application/pdf", text("%PDF-1.7\n1 0 obj\n")),
        ("video/mp4", box("isom")),
    ]

    static let refused: [(String, [UInt8])] = [
        ("svg", text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")),
        ("svg with a head", text("<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>")),
        ("html", text("<!DOCTYPE html><html><script>alert(1)</script></html>")),
        ("html and pdf", text("<html><script>alert(1)</script>%PDF-1.4")),
        ("text", text("hello")), ("javascript", text("alert(document.domain)")),
        ("zip", text("PK\u{3}\u{4}") + [UInt8](repeating: 0, count: 30)),
        ("program", [0x7F] + text("ELF") + [2, 1, 1] + [UInt8](repeating: 0, count: 57)),
        ("windows program", text("MZ") + [UInt8](repeating: 0, count: 100)),
        ("half a signature", Array(png.prefix(8))), ("heic", box("heic")), ("zeros", [0, 0, 0, 0]),
        ("quicktime", box("qt  ")), ("audio", box("M4A ")),
    ]
}
