/// `/api/search` is `/api/v1/search`: who names no version gets the first one.
enum PathAlias {
    private static let prefix = "/api/"

    /// - Parameter target: a path, with or without a query.
    static func resolved(_ target: String) -> String {
        let bytes = target.utf8
        guard bytes.starts(with: prefix.utf8) else { return target }
        let rest = bytes.dropFirst(prefix.utf8.count)
        let segment = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let isVersion =
            segment.first == UInt8(ascii: "v")
            && segment.dropFirst().first.map(digits.contains) == true
        if segment.isEmpty || isVersion || segment.contains(UInt8(ascii: "%")) { return target }
        return prefix + "v1/" + Substring(rest)
    }
}
