internal import Crypto
internal import HTTP
internal import JSON
internal import Runtime
internal import ServiceKit

/// The keys (`X-API-Key`) of partners with a quota of their own. A key says whose requests are
/// counted; it opens nothing.
struct PartnerKeys: Sendable {
    static let field = "X-API-Key"
    /// The longest key that is looked at, in bytes.
    static let lengthLimit = 256
    static let none = PartnerKeys(partners: [:])

    /// Whose key it is, and how many requests a minute it allows.
    struct Partner: Hashable, Sendable {
        let name: String
        let perMinute: Int
    }

    /// By the SHA-256 of the key in hexadecimal digits, which is all that is known of it.
    private let partners: [String: Partner]

    /// The partner whose key the request carries; nil when it carries none.
    ///
    /// - Throws: `Problem` 401 for a key that nobody has.
    func partner(of request: HTTPRequest) throws -> Partner? {
        let keys = request.headers.all(Self.field)
        if keys.isEmpty { return nil }
        guard keys.count == 1, keys[0].utf8.count <= Self.lengthLimit,
            let partner = partners[Digest.hex(Digest.sha256(Array(keys[0].utf8)))]
        else { throw ProblemSlug.unauthenticated.problem("The API key is not known.") }
        return partner
    }

    private struct Entry: Decodable {
        let sha256: String
        let per_minute: Int
    }

    /// Reads `{"shop": {"sha256": "…", "per_minute": 600}}`.
    init(parsing text: String) throws {
        let entries = try JSON.decode([String: Entry].self, from: text)
        var partners: [String: Partner] = [:]
        for (name, entry) in entries {
            let isDigest = entry.sha256.utf8.count == 64 && entry.sha256.allSatisfy(\.isHexDigit)
            guard isDigest, (1...1_000_000).contains(entry.per_minute) else {
                throw Expectation("a SHA-256 in hexadecimal digits and a number for \(name)")
            }
            partners[entry.sha256.lowercased()] = Partner(name: name, perMinute: entry.per_minute)
        }
        self.partners = partners
    }

    private init(partners: [String: Partner]) { self.partners = partners }
}
