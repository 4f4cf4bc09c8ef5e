internal import Crypto
internal import HTTP
internal import JSON

/// One page of a listing, and the cursor of the next one. The route that answers it documents
/// `limit` and `cursor` by itself and sends a `Link` header (RFC 8288).
public struct Page<Item: Codable & Sendable>: Codable, Sendable {
    public let items: [Item]
    /// Where the next page starts; nil on the last one. Opaque to clients, and signed.
    public let next: String?

    public init(items: [Item], next: String? = nil) {
        self.items = items
        self.next = next
    }
}

/// An output of which one page is answered at a time: `Page`, or a type of a service's own that
/// says more beside its items.
public protocol PagedOutput {
    /// The signed cursor of the next page; nil on the last one.
    var next: String? { get }
}

extension Page: PagedOutput {}

/// Which part of a listing a client asked for.
///
/// ```swift
/// let after = try call.page.after(Int64.self)
/// let rows = try await pool.query(
///     "SELECT … WHERE position > \(after ?? 0) ORDER BY position LIMIT \(call.page.fetchLimit)")
/// return .ok(try call.page.page(rows) { $0.position } item: { View($0) })
/// ```
public struct PageRequest: Sendable {
    /// The most items that a client gets at once.
    public static let maximumLimit = 100
    /// How many it gets when it does not say.
    public static let defaultLimit = 20

    /// How many items to answer, 1 to `maximumLimit`.
    public let limit: Int
    /// One more than `limit`: read so many rows, and `page(_:cursor:item:)` sees whether more
    /// follow.
    public var fetchLimit: Int { limit + 1 }

    private let signer: CursorSigner
    private let position: [UInt8]?

    /// - Throws: `Problem` 422 when `cursor` is not one that this route has handed out.
    init(limit: Int, cursor: String?, signer: CursorSigner) throws {
        self.limit = limit
        self.signer = signer
        position = try cursor.map { try signer.open($0) }
    }

    /// The sort key of the last item that the client has; nil on the first page.
    ///
    /// - Throws: `Problem` 422 when the cursor holds something else than a `Key`.
    public func after<Key: Decodable>(_ type: Key.Type = Key.self) throws -> Key? {
        guard let position else { return nil }
        do {
            return try JSON.decode(Key.self, from: position)
        } catch {
            throw CursorSigner.fault
        }
    }

    /// Makes the answer of up to `fetchLimit` rows that were read in the order of the listing.
    public func page<Row, Key: Encodable, Item>(
        _ rows: [Row], cursor: (Row) throws -> Key, item: (Row) throws -> Item
    ) throws -> Page<Item> {
        let items = try rows.prefix(limit).map(item)
        guard rows.count > limit, let last = rows.prefix(limit).last else {
            return Page(items: items)
        }
        return Page(items: items, next: signer.seal(try JSON.encode(cursor(last))))
    }
}

/// Makes and reads the cursors of one route.
struct CursorSigner: Sendable {
    static let fault = Problem.queryFault("cursor", "is not a cursor of this listing")

    private let secret: [UInt8]
    private let route: String

    /// - Parameters:
    ///   - secret: the same in every replica of the service.
    ///   - route: so that a cursor of one listing is of no use in another.
    init(secret: [UInt8], route: String) {
        self.secret = secret
        self.route = route
    }

    /// Made when it is needed: most requests have no cursor.
    private var key: [UInt8] {
        HMAC.sha256(key: secret, message: Array("cursor of \(route)".utf8))
    }

    func seal(_ position: [UInt8]) -> String { SignedToken.sign(position, key: key) }

    func open(_ cursor: String) throws -> [UInt8] {
        guard let position = SignedToken.verify(cursor, key: key), !position.isEmpty else {
            throw Self.fault
        }
        return position
    }
}
