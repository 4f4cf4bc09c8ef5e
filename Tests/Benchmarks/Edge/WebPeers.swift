import Foundation

/// Servers and proxies that others made, each with one process or thread on the servers' core.
enum WebPeers {
    struct Peer: Sendable {
        let port: Int
        let program: RunningProgram
        var url: String { "http://127.0.0.1:\(port)" }
    }

    /// nginx that answers everything with `body` as JSON, and `/openapi.json` from a file.
    static func nginxReturn(
        _ bench: Bench, body: String, core: Int, document: String? = nil
    ) async throws -> Peer {
        let port = try Workshop.freePort()
        let file = document.map { "location = /openapi.json { alias \($0); }" } ?? ""
        return try await nginx(
            bench, port, core,
            """
            server {
                listen 127.0.0.1:\(port);
                default_type application/json;
                \(file)
                location / { return 200 '\(body)'; }
            }
            """)
    }

    /// nginx as a proxy that keeps its connections.
    static func nginxProxy(_ bench: Bench, to upstream: Peer) async throws -> Peer {
        let port = try Workshop.freePort()
        return try await nginx(
            bench, port, WebLoad.serverCore,
            """
            upstream service {
                server 127.0.0.1:\(upstream.port);
                keepalive 128;
                keepalive_requests 100000000;
            }
            server {
                listen 127.0.0.1:\(port);
                location / {
                    proxy_http_version 1.1;
                    proxy_set_header Connection "";
                    proxy_pass http://service;
                }
            }
            """)
    }

    private static func nginx(
        _ bench: Bench, _ port: Int, _ core: Int, _ server: String
    ) async throws -> Peer {
        let directory = bench.workshop.directory
        let path = "\(directory)/nginx-\(port).conf"
        try Workshop.write(
            """
            daemon off;
            master_process off;
            worker_processes 1;
            pid \(directory)/nginx-\(port).pid;
            error_log \(directory)/nginx-\(port).log;
            events { worker_connections 4096; }
            http {
                access_log off;
                keepalive_requests 100000000;
                keepalive_timeout 3600;
                client_body_temp_path \(directory)/nginx-body;
                proxy_temp_path \(directory)/nginx-proxy;
                fastcgi_temp_path \(directory)/nginx-fastcgi;
                uwsgi_temp_path \(directory)/nginx-uwsgi;
                scgi_temp_path \(directory)/nginx-scgi;
                \(server)
            }

            """, to: path)
        return try await start(
            bench, "/usr/sbin/nginx", ["-e", "\(directory)/nginx.log", "-c", path], port: port,
            core: core)
    }

    static func haproxy(_ bench: Bench, to upstream: Peer) async throws -> Peer {
        let port = try Workshop.freePort()
        let path = "\(bench.workshop.directory)/haproxy-\(port).cfg"
        try Workshop.write(
            """
            global
                nbthread 1
                maxconn 4096
            defaults
                mode http
                timeout client 60s
                timeout server 60s
                timeout connect 2s
                http-reuse always
            frontend clients
                bind 127.0.0.1:\(port)
                default_backend service
            backend service
                server service 127.0.0.1:\(upstream.port) pool-max-conn 128

            """, to: path)
        return try await start(
            bench, "/usr/sbin/haproxy", ["-db", "-f", path], port: port, core: WebLoad.serverCore)
    }

    static func caddy(_ bench: Bench, to upstream: Peer) async throws -> Peer {
        let port = try Workshop.freePort()
        let directory = bench.workshop.directory
        let path = "\(directory)/Caddyfile-\(port)"
        try Workshop.write(
            """
            {
                admin off
                auto_https off
            }
            http://127.0.0.1:\(port) {
                reverse_proxy 127.0.0.1:\(upstream.port)
            }

            """, to: path)
        return try await start(
            bench, "/usr/bin/caddy", ["run", "--config", path, "--adapter", "caddyfile"],
            environment: ["GOMAXPROCS": "1", "HOME": directory], port: port,
            core: WebLoad.serverCore)
    }

    private static func start(
        _ bench: Bench, _ path: String, _ arguments: [String],
        environment: [String: String] = [:], port: Int, core: Int
    ) async throws -> Peer {
        let program = try bench.workshop.start(
            "/usr/bin/taskset", ["-c", "\(core)", path] + arguments, environment: environment,
            log: "peer-\(port).log")
        try await Listening.wait(on: port, program)
        return Peer(port: port, program: program)
    }
}
