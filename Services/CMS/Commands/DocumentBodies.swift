internal import EventTypes
internal import HTTP
internal import ServiceKit

/// What a version shall say.
struct WriteDocument: Codable, Sendable {
    let slug: String
    let title: String
    /// Markdown.
    let body: String
    var summary: String?

    var content: DocumentContent {
        DocumentContent(slug: slug, title: title, summary: summary ?? "", body: body)
    }

    /// - Throws: `Problem` 422 that names every fault.
    func check() throws {
        var faults: [Problem.FieldFault] = []
        func add(_ pointer: String, _ fault: String?) {
            if let fault { faults.append(Problem.FieldFault(pointer, fault)) }
        }
        add("/slug", Slug.isValid(slug) ? nil : Slug.rule)
        add("/title", TextCheck.fault(of: title, DocumentContent.titleLength))
        add("/body", MarkdownBounds.fault(of: body))
        if TextCheck.hasControls(body, lines: true) {
            add("/body", "must have no control characters")
        }
        add("/summary", TextCheck.fault(of: summary ?? "", DocumentContent.summaryLength))
        if !faults.isEmpty { throw ProblemSlug.invalid.problem(errors: faults) }
    }
}

/// A version by its number.
struct ChooseVersion: Codable, Sendable {
    let version: Int64
}

/// When a version shall be released.
struct ScheduleVersion: Codable, Sendable {
    let version: Int64
    let at: Timestamp
}

/// For how long a version may be looked at.
struct RequestPreview: Codable, Sendable {
    static let seconds = 60...604_800
    static let usualSeconds = 86_400

    let version: Int64
    var expiresInSeconds: Int?

    enum CodingKeys: String, CodingKey {
        case version
        case expiresInSeconds = "expires_in_seconds"
    }

    /// - Throws: `Problem` 422 for a time out of bounds.
    func lifetime() throws -> Duration {
        let seconds = expiresInSeconds ?? Self.usualSeconds
        guard Self.seconds.contains(seconds) else {
            throw Problem.bodyFault(
                "/expires_in_seconds",
                "must be within \(Self.seconds.lowerBound) and \(Self.seconds.upperBound)")
        }
        return .seconds(seconds)
    }
}
