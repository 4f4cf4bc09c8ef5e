/// `/api/search` is `/api/v1/search`: who names no version gets the first one.
enum PathAlias {
    private static let prefix = "/api/"

    /// - Parameter target: a path, with or without a query.
    static func resolved(_ target: String) -> String {
        guard target.hasPrefix(prefix) else { return target }
        let rest = target.dropFirst(prefix.count)
        let segment = rest.prefix { $0 != "/" && $0 != "?" }
        let isVersion = segment.first == "v" && segment.dropFirst().first?.isNumber == true
        if segment.isEmpty || isVersion || segment.contains("%") { return target }
        return prefix + "v1/" + rest
    }
}
