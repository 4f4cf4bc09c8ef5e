internal import FuzzedParsers
internal import Glibc

// The compiler's fuzzer brings `main` and calls these two functions.

/// The parser that SOUK_FUZZ_PARSER names.
private let parser: FuzzedParser = {
    let name = getenv("SOUK_FUZZ_PARSER").map { String(cString: $0) } ?? ""
    guard let parser = FuzzedParser(rawValue: name) else {
        let names = FuzzedParser.allCases.map(\.rawValue).joined(separator: ", ")
        print("SOUK_FUZZ_PARSER must be one of \(names).")
        exit(64)
    }
    return parser
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    if let promise = parser.brokenPromise(input) {
        print("Broken: \(promise).")
        fflush(nil)
        abort()
    }
    return 0
}
