public import EventStore
public import HTTP

/// One request, as its handler gets it: authenticated, allowed, decoded and checked.
public struct Call<Body: Sendable>: Sendable {
    public let body: Body
    public let request: HTTPRequest
    public let caller: Caller
    /// The decoded query.
    public let parameters: QueryParameters
    /// Which part of the listing to answer; the whole first page on routes that answer no `Page`.
    public let page: PageRequest
    /// The version in `If-Match`; nil where it is absent or `*`.
    public let ifMatch: Int64?
    /// What goes with every event of this request: actor, correlation, trace, idempotency key.
    public let command: CommandContext

    /// The person; always there on routes for `.signedIn` and `.roles`.
    public var identity: Identity? {
        if case .person(let identity) = caller { identity } else { nil }
    }

    /// The calling service; always there on routes for `.service`.
    public var service: String? {
        if case .service(let name) = caller { name } else { nil }
    }

    /// The person.
    ///
    /// - Throws: `Problem` 401 when nobody is signed in.
    public func user() throws -> Identity {
        guard let identity else { throw Problem.unauthenticated() }
        return identity
    }

    /// A part of the path.
    ///
    /// - Throws: `Problem` 404 when it does not have the form of a `T`.
    public func path<T: LosslessStringConvertible>(
        _ name: String, as type: T.Type = T.self
    ) throws -> T {
        guard let text = request.parameters[name], let value = T(text) else {
            throw ProblemSlug.notFound.problem()
        }
        return value
    }

    /// A part of the query; nil where it is absent.
    ///
    /// - Throws: `Problem` 422 that names it when it does not have the form of a `T`.
    public func query<T: LosslessStringConvertible>(
        _ name: String, as type: T.Type = T.self
    ) throws -> T? {
        guard let text = parameters[name] else { return nil }
        guard let value = T(text) else { throw Problem.queryFault(name, "has the wrong form") }
        return value
    }

    /// A part of the query that is one of the cases of `T`; nil where it is absent.
    ///
    /// - Throws: `Problem` 422 that names it when it is another text.
    public func query<T: RawRepresentable>(
        _ name: String, oneOf type: T.Type = T.self
    ) throws -> T? where T.RawValue == String {
        guard let text = parameters[name] else { return nil }
        guard let value = T(rawValue: text) else {
            throw Problem.queryFault(name, "has a value that is not known")
        }
        return value
    }

    /// A part of the query that must be there.
    ///
    /// - Throws: `Problem` 422 that names it when it is absent or does not have the form of a `T`.
    public func requiredQuery<T: LosslessStringConvertible>(
        _ name: String, as type: T.Type = T.self
    ) throws -> T {
        guard let value = try query(name, as: T.self) else {
            throw Problem.queryFault(name, "is missing")
        }
        return value
    }
}
