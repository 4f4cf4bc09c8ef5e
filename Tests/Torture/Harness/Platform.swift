import Glibc
import Runtime

/// The platform of a run: `souk up` as an operator starts it, with proxies between its parts.
final class Platform: @unchecked Sendable {
    // Safety of `@unchecked`: one task at a time uses `up` and `replicas`, that of the run.

    static let startTimeout: Duration = .seconds(150)

    let place: Workplace
    let environment: [String: String]
    let database: Proxy
    let broker: Proxy
    let services: [String: Proxy]
    private var up: Child?
    private var replicas: [String: Child] = [:]

    init(_ place: Workplace) {
        self.place = place
        let loop = EventLoop(name: "proxies")
        let ports = place.ports
        var environment = Machine.environment
        environment["SOUK_HOME"] = place.home
        // Whatever is left of a run can be told by it.
        environment["SOUK_TORTURE_PLACE"] = place.path
        environment["SOUK_RATE_LIMIT"] = "1000000"
        for name in Ports.programs {
            environment["SOUK_\(name.uppercased())_PORT"] = "\(ports.program(name))"
        }
        environment["SOUK_DATABASE_PORT"] = "\(ports.databaseProxy)"
        environment["KAFKA_BOOTSTRAP_SERVERS"] = "127.0.0.1:\(ports.brokerProxy)"
        for name in FaultPlan.services {
            environment["SOUK_\(name.uppercased())_URL"] = "http://127.0.0.1:\(ports.proxy(name))"
        }
        self.environment = environment
        database = Proxy(ports.databaseProxy, to: [ports.program("postgres")], on: loop)
        broker = Proxy(ports.brokerProxy, to: [ports.broker], on: loop)
        services = Dictionary(
            uniqueKeysWithValues: FaultPlan.services.map { name in
                (
                    name,
                    Proxy(
                        ports.proxy(name), to: [ports.program(name), ports.replica(name)], on: loop)
                )
            })
    }

    private var proxies: [Proxy] { [database, broker] + services.values }

    func startProxies() async throws { for proxy in proxies { try await proxy.start() } }

    func start() async throws {
        let child = try Child.start(
            "souk up", ["\(place.bin)/souk", "up", "--quiet"], environment,
            log: place.logs + "/up.log")
        up = child
        try await child.says("Souk is up", within: Self.startTimeout)
    }

    /// Starts `souk …` with its output in a file of its own.
    func souk(_ name: String, _ arguments: [String]) throws -> Child {
        try Child.start(
            name, ["\(place.bin)/souk"] + arguments, environment,
            log: "\(place.logs)/\(name).out", errors: "\(place.logs)/\(name).err")
    }

    /// The process of a program; nil while it is being started again.
    func process(_ name: String) -> Int32? { Files.number("\(place.home)/run/\(name).pid") }

    func signal(_ name: String, _ number: Int32) {
        if let pid = process(name) { kill(pid, number) }
    }

    /// The server process of PostgreSQL.
    var postmaster: Int32? { Files.number("\(place.database)/data/postmaster.pid") }

    // MARK: Replicas

    /// Starts a second replica of a service, with `more` in its environment.
    func startReplica(_ name: String, _ more: [String: String] = [:]) throws {
        guard replicas[name] == nil else { return }
        let secrets = "\(place.home)/secrets"
        var own = environment
        own["SOUK_HTTP_PORT"] = "\(place.ports.replica(name))"
        own["SOUK_SERVICE_KEY_FILE"] = "\(secrets)/service-\(name).pem"
        own["SOUK_SERVICE_JWKS_FILE"] = "\(secrets)/service-jwks.json"
        own["SOUK_JWKS_URL"] = "http://127.0.0.1:\(place.ports.proxy("user"))/.well-known/jwks.json"
        own["DATABASE_URL_FILE"] = "\(secrets)/database-\(name).url"
        own["SOUK_LOG_REQUESTS"] = "false"
        own["SOUK_PUBLIC_URL"] = "http://127.0.0.1:\(place.ports.program("gateway"))"
        own["SOUK_SHUTDOWN_DEADLINE"] = "2s"
        for (key, value) in Self.secrets(of: name, secrets, place) { own[key] = value }
        for (key, value) in more { own[key] = value }
        replicas[name] = try Child.start(
            name, ["\(place.bin)/\(name)"], own, log: "\(place.logs)/\(name)-replica.log")
    }

    /// What `souk up` gives a service for itself.
    private static func secrets(
        of name: String, _ secrets: String, _ place: Workplace
    ) -> [String: String] {
        let ports = place.ports
        return switch name {
        case "user":
            [
                "SOUK_MASTER_KEY_FILE": "\(secrets)/master-key",
                "SOUK_ADMIN_EMAIL": "admin@souk.example",
                "SOUK_ADMIN_PASSWORD_FILE": "\(secrets)/admin-password",
                "SOUK_TRUSTED_PROXIES": "127.0.0.1/32",
            ]
        case "cashback":
            [
                "SOUK_CLICK_KEY_FILE": "\(secrets)/click-key",
                "SOUK_NETWORK_KEYS_FILE": "\(secrets)/network-keys.json",
            ]
        case "wallet":
            [
                "SOUK_PROVIDER_URL": "http://127.0.0.1:\(ports.program("sandbox"))",
                "SOUK_PROVIDER_KEY_FILE": "\(secrets)/provider-key",
                "SOUK_PROVIDER_WEBHOOK_SECRET_FILE": "\(secrets)/provider-webhook-secret",
            ]
        case "notification":
            [
                "SOUK_SMTP_URL": "smtp://127.0.0.1:\(ports.program("mail"))",
                "SOUK_SMTP_FROM": "Souk <no-reply@souk.example>",
            ]
        case "cms":
            [
                "SOUK_MEDIA_DIRECTORY": "\(place.home)/media",
                "SOUK_PREVIEW_KEY_FILE": "\(secrets)/preview-key",
            ]
        default: [:]
        }
    }

    func stopReplica(_ name: String, with number: Int32 = SIGTERM) async throws {
        guard let child = replicas.removeValue(forKey: name) else { return }
        child.signal(SIGCONT)
        child.signal(number)
        if try await child.end(within: .seconds(10)) == nil {
            child.signal(SIGKILL)
            _ = try await child.end(within: .seconds(5))
        }
    }

    // MARK: The end

    /// Lets everything pass and run again.
    func heal() async throws {
        for proxy in proxies { await proxy.set(.passing) }
        for name in replicas.keys { try await stopReplica(name) }
        for name in FaultPlan.services + ["gateway", "sandbox"] { signal(name, SIGCONT) }
        if let postmaster {
            for backend in Machine.children(of: postmaster) { kill(backend.pid, SIGCONT) }
        }
    }

    func stop() async throws {
        for name in Array(replicas.keys) { try await stopReplica(name, with: SIGKILL) }
        guard let up else { return }
        up.signal(SIGTERM)
        if try await up.end(within: .seconds(20)) == nil { up.signal(SIGKILL) }
        for proxy in proxies { await proxy.close() }
    }
}

/// Ends everything that a run has started when the harness ends without having done so itself.
final class Guardian: Sendable {
    private let writer: Int32

    /// Its standard input is a pipe that the harness holds: when that ends, everything does.
    init(_ place: Workplace) throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw TortureError("no pipe can be made") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let script = """
            cat >/dev/null
            for entry in /proc/[0-9]*; do
                tr '\\0' '\\n' <"$entry/environ" 2>/dev/null |
                    grep -qxF "SOUK_TORTURE_PLACE=$1" && kill -9 "${entry#/proc/}"
            done
            server=$(head -1 "$1/souk/postgres/data/postmaster.pid" 2>/dev/null) && kill -9 $server
            umount -l "$1/souk/postgres" 2>/dev/null
            true
            """
        var environment = Machine.environment
        environment["SOUK_TORTURE_PLACE"] = nil
        _ = try Child.start(
            "guardian", ["/bin/sh", "-c", script, "sh", place.path], environment,
            log: "/dev/null", input: ends[0])
        writer = ends[1]
    }

    func dismiss() { close(writer) }
}
