internal import Bus
internal import Glibc

/// One node of Apache Kafka that lives as long as this process, with its data in a directory of its
/// own, which goes with it.
struct ApacheKafka: Sendable {
    let plaintext: BusConfiguration
    let secure: TestKafka.Secure
    private let directory: String

    private static let user = "souk"
    private static let password = "for-tests-only"

    static var isAvailable: Bool { home != nil && hasJava }

    /// `KAFKA_HOME`, or the jars beside the repository.
    private static let home: String? = {
        if let given = getenv("KAFKA_HOME") { return String(cString: given) }
        let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
        return ["\(root)/../shared/kafka", "\(root)/../../shared/kafka"]
            .first { access($0 + "/libs", R_OK) == 0 }
    }()

    private static let hasJava: Bool = {
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        return path.split(separator: ":").contains { access("\($0)/java", X_OK) == 0 }
    }()

    /// Starts the node, without waiting until it answers.
    static func start() throws -> ApacheKafka {
        let directory = try makeDirectory()
        let port = try FreePorts.take(4)
        try write(properties(directory, port), to: directory + "/server.properties")
        try run(in: directory)
        let authority = directory + "/certificate.pem"
        return ApacheKafka(
            plaintext: try BusConfiguration(bootstrapServers: "127.0.0.1:\(port)"),
            secure: .init(
                tls: try BusConfiguration(
                    bootstrapServers: "127.0.0.1:\(port + 2)", securityProtocol: "ssl",
                    sslCALocation: authority),
                plain: try BusConfiguration(
                    bootstrapServers: "127.0.0.1:\(port + 3)", securityProtocol: "sasl_ssl",
                    saslMechanism: "PLAIN", saslUsername: user, saslPassword: password,
                    sslCALocation: authority)),
            directory: directory)
    }

    static func makeDirectory() throws -> String {
        var template = Array("/tmp/souk-kafka-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw ApacheKafkaError(what: "make a directory", errno: errno)
        }
        return String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self)
    }

    /// Runs a node whose settings stand in `server.properties` of its directory; again after it was
    /// killed.
    static func run(in directory: String) throws {
        guard let home else { throw ApacheKafkaError(what: "find Kafka", errno: ENOENT) }
        try spawn(["/bin/sh", "-c", script, "sh", directory, home])
    }

    /// What to say when it does not answer: the end of its log.
    func silence() -> some Error {
        var log = "no log"
        if let file = fopen(directory + "/server.log", "r") {
            fseek(file, -2_000, SEEK_END)
            var bytes = [UInt8](repeating: 0, count: 2_000)
            log = String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
            fclose(file)
        }
        return ApacheKafkaError(what: "hear from the node, whose log ends: \(log)", errno: 0)
    }

    /// Its standard input is a pipe that this process holds: when that ends, so does the node.
    private static let script = """
        cd "$1" || exit 1
        [ -e node.pem ] || openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 2 \\
            -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \\
            >openssl.log 2>&1
        [ -e node.pem ] || cat key.pem certificate.pem >node.pem
        options="-Xms64m -Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"
        [ ! -e "$2/log4j2.properties" ] ||
            options="$options -Dlog4j2.configurationFile=$2/log4j2.properties"
        [ -e data/meta.properties ] ||
            java $options -cp "$2/libs/*" kafka.tools.StorageTool format \\
                -t c291ay1hcGFjaGUta2Fma2 -c server.properties </dev/null >format.log 2>&1
        java $options -cp "$2/libs/*" kafka.Kafka server.properties </dev/null >server.log 2>&1 &
        node=$!
        echo $node >pid
        cat >/dev/null
        kill -9 $node
        cd / && rm -rf "$1"
        """

    private static func properties(_ directory: String, _ port: Int) -> String {
        let listeners =
            "PLAINTEXT://127.0.0.1:\(port),SSL://127.0.0.1:\(port + 2),"
            + "SASL_SSL://127.0.0.1:\(port + 3)"
        let protocols =
            "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL"
        let login =
            "org.apache.kafka.common.security.plain.PlainLoginModule required "
            + "user_\(user)=\"\(password)\";"
        return """
            process.roles=broker,controller
            node.id=1
            controller.quorum.voters=1@127.0.0.1:\(port + 1)
            controller.listener.names=CONTROLLER
            listener.security.protocol.map=\(protocols)
            inter.broker.listener.name=PLAINTEXT
            listeners=\(listeners),CONTROLLER://127.0.0.1:\(port + 1)
            advertised.listeners=\(listeners)
            log.dirs=\(directory)/data
            # Records of tests bear the tests' own times, which may be long ago.
            log.retention.ms=-1
            auto.create.topics.enable=false
            offsets.topic.num.partitions=4
            offsets.topic.replication.factor=1
            transaction.state.log.replication.factor=1
            transaction.state.log.min.isr=1
            group.initial.rebalance.delay.ms=0
            sasl.enabled.mechanisms=PLAIN
            listener.name.sasl_ssl.plain.sasl.jaas.config=\(login)
            ssl.keystore.type=PEM
            ssl.keystore.location=\(directory)/node.pem

            """
    }

    static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else {
            throw ApacheKafkaError(what: "write \(path)", errno: errno)
        }
        fputs(text, file)
        fclose(file)
    }

    /// Starts a program in a session of its own, so that Ctrl-C reaches only this process.
    private static func spawn(_ arguments: [String]) throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw ApacheKafkaError(what: "make a pipe", errno: errno) }
        // The writing end stays open until this process ends; nobody else may have it.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        // Whatever else this process has open, such as a lock, stays its own.
        for descriptor in Int32(3)..<64 where fcntl(descriptor, F_GETFD) >= 0 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        let newSession: Int16 = 0x80
        posix_spawnattr_setflags(&attributes, newSession)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        let failed = posix_spawn(nil, arguments[0], &actions, &attributes, &words, environ)
        guard failed == 0 else { throw ApacheKafkaError(what: "start sh", errno: failed) }
    }
}

/// Why there is no node.
private struct ApacheKafkaError: Error {
    let what: String
    let errno: Int32
}
