import Glibc
import Runtime

/// The directory of one run: programs, platform, disk, logs. It is gone afterwards, unless
/// something was found.
struct Workplace: Sendable {
    static let diskMegabytes = 8_192

    let path: String
    let ports: Ports
    /// Whether PostgreSQL has a file system of its own, which can be filled.
    let hasDisk: Bool

    var bin: String { path + "/bin" }
    var home: String { path + "/souk" }
    var database: String { home + "/postgres" }
    var logs: String { path + "/logs" }
    var promises: String { path + "/promises.jsonl" }
    private var image: String { path + "/disk.img" }

    /// Makes the directory, copies the programs there, and mounts the disk where that is allowed.
    init(programs: String) async throws {
        var template = Array("/tmp/souk-torture-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TortureError("no directory can be made") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        ports = try Ports.take()
        try await Self.shell(
            """
            chmod 755 "$1" && mkdir -p "$1/bin" "$1/logs" "$1/souk/postgres" && chmod 700 "$1/souk" &&
            for name in souk user catalog order cashback wallet notification analytics cms gateway \\
                sandbox; do cp "$2/$name" "$1/bin/$name" || exit 1; done
            """, path, programs, log: path + "/start.log")
        do {
            try await Self.shell(
                """
                truncate -s \(Self.diskMegabytes)M "$1/disk.img" && mkfs.ext4 -q -m 0 "$1/disk.img" &&
                mount -o loop "$1/disk.img" "$1/souk/postgres" && rmdir "$1/souk/postgres/lost+found"
                """, path, log: path + "/start.log")
            hasDisk = true
        } catch {
            hasDisk = false
        }
    }

    /// Runs a script with its arguments from `$1` on.
    static func shell(_ script: String, _ arguments: String..., log: String) async throws {
        let child = try Child.start(
            "sh", ["/bin/sh", "-c", script, "sh"] + arguments, Machine.environment, log: log)
        guard try await child.end(within: .seconds(120)) == 0 else {
            throw TortureError("a script failed:\n\(Files.read(log).suffix(1_000))")
        }
    }

    /// Puts another copy of a program in the place of the one that runs.
    func replace(_ program: String) async throws {
        try await Self.shell(
            #"cp "$1/bin/$2" "$1/bin/$2.new" && mv "$1/bin/$2.new" "$1/bin/$2""#, path, program,
            log: path + "/faults.log")
    }

    /// Takes up all room that is left for PostgreSQL.
    func fillDisk() async throws {
        try await Self.shell(
            """
            free=$(df --output=avail -B1024 "$1" | tail -1)
            fallocate -l $((free * 1024)) "$1/ballast" 2>/dev/null
            dd if=/dev/zero of="$1/ballast2" bs=4k 2>/dev/null
            true
            """, database, log: path + "/faults.log")
    }

    func emptyDisk() async throws {
        try await Self.shell(
            #"rm -f "$1/ballast" "$1/ballast2""#, database, log: path + "/faults.log")
    }

    /// Unmounts the disk, and removes everything unless it is kept.
    func remove(keeping isKept: Bool) async throws {
        if isKept {
            // The logs are what is looked at; programs and data are large.
            try await Self.shell(
                """
                cp -r "$1/souk/logs" "$1/logs/souk" 2>/dev/null
                umount -l "$1/souk/postgres" 2>/dev/null
                rm -rf "$1/bin" "$1/disk.img" "$1/souk" "$1/kafka"
                true
                """, path, log: path + "/stop.log")
        } else {
            try await Self.shell(
                #"umount -l "$1/souk/postgres" 2>/dev/null; rm -rf "$1"; true"#, path,
                log: path + "/stop.log")
        }
    }
}

/// Ports of 127.0.0.1 in a row.
struct Ports: Sendable {
    /// In the order in which ports are given out.
    static let programs = [
        "gateway", "user", "wallet", "catalog", "cashback", "analytics", "sandbox", "postgres",
        "order", "notification", "cms", "mail",
    ]

    let first: Int

    static var count: Int { programs.count + 4 + 2 * FaultPlan.services.count }

    static func take() throws -> Ports {
        // Below the ports that the kernel gives to outgoing connections.
        for _ in 0..<1_000 {
            let first = Int.random(in: 12_000..<31_000)
            if (first..<(first + count)).allSatisfy(isFree) { return Ports(first: first) }
        }
        throw TortureError("no row of free ports was found")
    }

    private func place(_ name: String, in names: [String]) -> Int {
        names.firstIndex(of: name) ?? 0
    }

    func program(_ name: String) -> Int { first + place(name, in: Self.programs) }
    var databaseProxy: Int { first + Self.programs.count }
    var brokerProxy: Int { databaseProxy + 1 }
    var broker: Int { databaseProxy + 2 }
    var controller: Int { databaseProxy + 3 }
    /// What stands before a service.
    func proxy(_ service: String) -> Int {
        databaseProxy + 4 + place(service, in: FaultPlan.services)
    }
    /// A second replica of a service.
    func replica(_ service: String) -> Int { proxy(service) + FaultPlan.services.count }

    private static func isFree(_ port: Int) -> Bool {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

/// What this machine has.
enum Machine {
    /// The environment of the harness.
    static var environment: [String: String] { Program.environment }

    /// Debian's faketime, which moves the clock of one program.
    static let fakeTime: String? = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    ].first { access($0, R_OK) == 0 }

    static var cores: Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }

    /// Processes by their parents.
    static func children(of parent: Int32) -> [(pid: Int32, command: String)] {
        guard let stream = opendir("/proc") else { return [] }
        defer { closedir(stream) }
        var found: [(pid: Int32, command: String)] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let pid = Int32(name) else { continue }
            let status = Files.read("/proc/\(name)/status")
            guard status.contains("PPid:\t\(parent)\n") else { continue }
            let command = Files.read("/proc/\(name)/cmdline").prefix { $0 != "\0" }
            found.append((pid, String(command)))
        }
        return found.sorted { $0.pid < $1.pid }
    }
}
