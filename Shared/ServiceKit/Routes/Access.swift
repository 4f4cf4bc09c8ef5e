public import EventTypes

/// Who may use a route. Every route says it; there is no default, so nothing is public by accident.
public enum Access: Sendable, Hashable {
    /// Anybody. A valid access token is still read, so `Call.identity` knows the caller; an invalid
    /// one counts as none.
    case open
    /// Everybody with a valid access token.
    case signedIn
    /// People who have at least one of these roles. No role implies another.
    case roles(Set<Role>)
    /// Other services of the platform, by a token made for this one.
    case service
    /// Only these services, by name.
    case services(Set<String>)

    var needsAccessToken: Bool {
        switch self {
        case .signedIn, .roles: true
        case .open, .service, .services: false
        }
    }

    var needsServiceToken: Bool {
        switch self {
        case .service, .services: true
        case .open, .signedIn, .roles: false
        }
    }
}

/// The person behind an access token that was verified.
public struct Identity: Sendable, Hashable {
    public let userID: UserID
    public let roles: Set<Role>
    public let sessionID: SessionID
    public let emailVerified: Bool

    public init(
        userID: UserID, roles: Set<Role>, sessionID: SessionID, emailVerified: Bool = true
    ) {
        self.userID = userID
        self.roles = roles
        self.sessionID = sessionID
        self.emailVerified = emailVerified
    }

    /// Whether the person has one of `wanted`.
    public func has(_ wanted: Role...) -> Bool { !roles.isDisjoint(with: wanted) }
}

/// Who sent a request.
public enum Caller: Sendable, Hashable {
    case anonymous
    case person(Identity)
    case service(String)

    /// As it stands in the metadata of events: `user:0192…`, `service:wallet`, `anonymous`.
    public var actor: String {
        switch self {
        case .anonymous: "anonymous"
        case .person(let identity): "user:\(identity.userID)"
        case .service(let name): "service:\(name)"
        }
    }
}
