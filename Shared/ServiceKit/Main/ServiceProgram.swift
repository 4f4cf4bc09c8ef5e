internal import Bus
internal import Database
internal import HTTP
internal import JSON
internal import Runtime

/// One run of a service's executable.
struct ServiceProgram<Service: SoukService>: Sendable {
    let arguments: [String]
    let environment: [String: String]

    static var standardKeys: StandardKeys { StandardKeys(name: Service.name, port: Service.port) }

    static var keys: [AnyConfigurationKey] {
        standardKeys.all + Service.neighbours.map { AnyConfigurationKey($0.url) }
            + RuntimeKeys.all + Service.configuration
    }

    /// - Returns: the exit status.
    func run() async -> Int32 {
        do {
            return try await perform(try Invocation(arguments))
        } catch let error as UsageError {
            complain("\(error)\nTry: \(Service.name) --help")
            return ExitStatus.usage
        } catch let error as ConfigurationError {
            complain(error.description)
            return ExitStatus.configuration
        } catch {
            complain(StartFailure.sentence(for: error))
            return StartFailure.status(for: error)
        }
    }

    private func perform(_ invocation: Invocation) async throws -> Int32 {
        switch invocation {
        case .help:
            // The service's own subcommands are known to its blueprint only, which needs settings:
            // with wrong ones the help must be there all the same.
            let parts = try? await ServiceParts<Service>.make(environment: environment)
            say(
                HelpText.make(
                    Service.self, subcommands: parts?.blueprint.subcommands ?? [], keys: Self.keys))
            return ExitStatus.success
        case .health: return try await health()
        case .openAPI:
            let parts = try await ServiceParts<Service>.make(environment: environment)
            say(try JSON.text(parts.application.document) + "\n")
            return ExitStatus.success
        case .serve:
            try await ServiceParts<Service>.make(environment: environment).serve()
            return ExitStatus.success
        case .migrate:
            let parts = try await ServiceParts<Service>.make(environment: environment)
            let applied = try await parts.migrate()
            say(
                applied.isEmpty
                    ? "The schema is up to date.\n"
                    : applied.map { "applied \($0)\n" }.joined())
            return ExitStatus.success
        case .rebuild(let name):
            let parts = try await ServiceParts<Service>.make(environment: environment)
            return try await parts.rebuild(name, say: say)
        case .verify:
            let parts = try await ServiceParts<Service>.make(environment: environment)
            return try await parts.verify(say: say)
        case .published:
            let parts = try await ServiceParts<Service>.make(environment: environment)
            return try await parts.published(say: say)
        case .parked(let action):
            let parts = try await ServiceParts<Service>.make(environment: environment)
            return try await parts.parked(action, say: say)
        case .own(let name, let rest):
            let parts = try await ServiceParts<Service>.make(environment: environment)
            guard let subcommand = parts.blueprint.subcommands.first(where: { $0.name == name })
            else { throw UsageError("There is no subcommand \(name).") }
            if Invocation.asksForHelp(rest) {
                say(
                    subcommand.help.isEmpty
                        ? HelpText.make(
                            Service.self, subcommands: parts.blueprint.subcommands, keys: Self.keys)
                        : subcommand.help)
                return ExitStatus.success
            }
            return try await parts.run(subcommand, rest)
        }
    }

    /// For a container's health check, whose image holds no client of HTTP.
    private func health() async throws -> Int32 {
        let configuration = try Configuration(environment: environment, keys: Self.keys)
        let port = configuration[Self.standardKeys.httpPort]
        let loop = EventLoop(name: "health")
        let http = HTTPClient(loop: loop)
        let status: Int
        do {
            let url = "http://127.0.0.1:\(port)/readyz"
            status = try await http.send(HTTPClientRequest(.get, url)).status.code
        } catch {
            complain("nothing answers on port \(port): \(error)")
            return ExitStatus.failure
        }
        await http.close()
        if status != 200 { complain("not ready: /readyz says \(status)") }
        return status == 200 ? ExitStatus.success : ExitStatus.failure
    }

    private func say(_ text: String) { Terminal.write(text) }

    private func complain(_ text: String) { Terminal.write("\(Service.name): \(text)\n", to: 2) }
}

/// Says in a sentence why a service could not start.
enum StartFailure {
    static func sentence(for error: any Error) -> String {
        switch error {
        case let error as ComponentFailure:
            error.underlying.map { sentence(for: $0) } ?? error.description
        case let error as SessionFailure: sentence(for: error.underlying)
        case let error as DatabaseError where error.code == .migration: error.message
        case let error as DatabaseError where isAbsent(error):
            "The database cannot be reached: \(error.message) Is PostgreSQL running where "
                + "DATABASE_URL says?"
        case let error as BusError: error.description
        default: "\(error)"
        }
    }

    static func status(for error: any Error) -> Int32 {
        switch error {
        case let error as ComponentFailure: error.underlying.map { status(for: $0) } ?? 1
        case let error as SessionFailure: status(for: error.underlying)
        case let error as DatabaseError where isAbsent(error): ExitStatus.unavailable
        case let error as BusError where error.code == .configuration: ExitStatus.configuration
        default: ExitStatus.failure
        }
    }

    private static func isAbsent(_ error: DatabaseError) -> Bool {
        error.code == .unreachable || error.code == .poolExhausted
    }
}
