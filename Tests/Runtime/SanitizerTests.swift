import Glibc
import Testing

@Suite struct SanitizerTests {
    /// Another version of Swift's libraries may have other names for what `concurrency.c` wraps.
    @Test func whatTheThreadSanitizerIsToldOfExists() throws {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        let file = try #require(fopen("/\(folder)/Sanitizer/concurrency.c", "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        let names = String(decoding: bytes.prefix(count), as: UTF8.self)
            .split(separator: "\n").filter { $0.hasPrefix("#define") }
            .compactMap { $0.split(separator: "\"").dropFirst().first.map(String.init) }
        #expect(names.count == 7)
        for name in names { #expect(dlsym(nil, name) != nil, "\(name)") }
    }
}
