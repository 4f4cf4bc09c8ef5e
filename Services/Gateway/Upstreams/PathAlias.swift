internal import Glibc

/// `/api/search` is `/api/v1/search`: who names no version gets the first one.
enum PathAlias {
    private static let prefix = "/api/"

    /// - Parameter target: a path, with or without a query.
    static func resolved(_ target: String) -> String {
        var copy = target
        guard copy.withUTF8(isAlias) else { return target }
        return prefix + "v1/" + Substring(target.utf8.dropFirst(prefix.utf8.count))
    }

    /// Whether a segment follows the prefix that is no version.
    private static func isAlias(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.count > prefix.utf8.count,
            prefix.utf8.withContiguousStorageIfAvailable({
                memcmp($0.baseAddress!, bytes.baseAddress!, $0.count) == 0
            }) == true
        else { return false }
        let segment = bytes[prefix.utf8.count...].prefix {
            $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?")
        }
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let isVersion =
            segment.first == UInt8(ascii: "v")
            && segment.dropFirst().first.map(digits.contains) == true
        return !segment.isEmpty && !isVersion && !segment.contains(UInt8(ascii: "%"))
    }
}
