/// Two versions of a document compared.
struct DifferenceView: Codable, Sendable {
    /// Something that is one line and reads otherwise.
    struct Field: Codable, Equatable, Sendable {
        enum Name: String, Codable, CaseIterable, Sendable { case slug, title, summary }

        let name: Name
        let from: String
        let to: String
    }

    let from: Int64
    let to: Int64
    /// Those that differ.
    let fields: [Field]
    /// How many lines of the body came and went.
    let added: Int
    let removed: Int
    /// The body, line by line.
    let lines: [LineDifference.Line]

    /// Long texts take a while, so it leaves the loop.
    @concurrent static func between(
        _ old: StoredVersion, _ new: StoredVersion
    ) async -> DifferenceView { DifferenceView(old, new) }

    private init(_ old: StoredVersion, _ new: StoredVersion) {
        from = old.number
        to = new.number
        fields = [
            Field(name: .slug, from: old.slug, to: new.slug),
            Field(name: .title, from: old.title, to: new.title),
            Field(name: .summary, from: old.summary, to: new.summary),
        ].filter { $0.from != $0.to }
        lines = LineDifference(from: old.body, to: new.body).lines
        added = lines.count { $0.change == .added }
        removed = lines.count { $0.change == .removed }
    }
}
