internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

extension CMSRoutes {
    /// Pictures and other files.
    var files: RouteTable {
        var routes = RouteTable(tag: "media")
        addUpload(to: &routes)
        routes.get(
            "/api/v1/media", "List the files, the newest first", id: "listMedia",
            access: Self.editors, waitsFor: Self.mediaShown
        ) { call -> Reply<Page<MediaView>> in
            .ok(try await queries.files(call.page))
        }
        routes.get(
            "/api/v1/media/{id}", "Show a file's data", id: "getMedia", access: Self.editors,
            parameters: [Self.mediaID], problems: [.gone], waitsFor: Self.mediaShown
        ) { call -> Reply<MediaView> in
            .ok(MediaView(try await queries.file(call.path("id"))))
        }
        routes.delete(
            "/api/v1/media/{id}", "Delete a file", id: "deleteMedia", access: Self.editors,
            parameters: [Self.mediaID], ifMatch: .optional, waitsFor: Self.mediaShown,
            description: "It is not served from then on. Its content goes within two hours, unless "
                + "another file has the same."
        ) { (call: Call<NoBody>) -> Reply<NoBody> in
            .noContent(
                after: try await media.delete(
                    call.path("id"), ifMatch: call.ifMatch, call.command))
        }
        addServing(to: &routes)
        return routes
    }

    private static let mediaID = Parameter.path("id", MediaID.self, "The file.")

    private func addUpload(to routes: inout RouteTable) {
        routes.raw(
            .post, "/api/v1/media", "Upload a file", id: "uploadMedia", access: Self.editors,
            parameters: [
                .query(
                    "name", String.self, "What it is called: no path, nothing that is not shown.",
                    required: true)
            ],
            consumes: ["*/*"], produces: ["application/json"], success: 201,
            idempotency: .optional,
            problems: [.mediaTypeRefused, .mediaTypeMismatch, .storageFull],
            waitsFor: Self.mediaShown, bodyLimit: media.limit,
            description: """
                The body is the file itself, at most \(media.limit) bytes. What it is is told from \
                its bytes: \(MediaForm.allCases.map(\.rawValue).joined(separator: ", ")). A \
                Content-Type that says something else is refused.
                """
        ) { call in
            let done = try await media.upload(
                MediaCommands.Upload(
                    name: call.requiredQuery("name"),
                    declared: call.request.headers["Content-Type"], body: call.body,
                    author: call.user().userID),
                call.command)
            var response = try HTTPResponse.json(done.result, status: 201)
            response.headers.set("Location", "/api/v1/media/\(done.result.id)")
            response.headers.set("Cache-Control", "no-store")
            if done.isRepeat { response.headers.set("Idempotency-Replayed", "true") }
            if done.position > 0 {
                await context.waitForProjections(done.position, Self.mediaShown)
                response.headers.set("Souk-Position", "\(done.position)")
            }
            return response
        }
    }

    private func addServing(to routes: inout RouteTable) {
        routes.raw(
            .get, "/media/{id}/{name}", "Fetch a file", id: "fetchMedia", access: .open,
            parameters: [Self.mediaID, .path("name", String.self, "Its name.")],
            produces: MediaForm.allCases.map(\.rawValue),
            problems: [.gone, .rangeNotSatisfiable], waitsFor: Self.mediaShown
        ) { call in
            let file = try await queries.file(call.path("id"))
            guard try call.path("name", as: String.self) == file.name else {
                throw ProblemSlug.notFound.problem()
            }
            guard let source = await media.files.source(of: file.sha256) else {
                context.logger.error(
                    "content is missing", ["media_id": file.id.description])
                throw ProblemSlug.notFound.problem()
            }
            var response = HTTPResponse.content(
                source, type: file.form.rawValue, etag: file.sha256, for: call.request)
            response.headers.set("X-Content-Type-Options", "nosniff")
            guard response.status.code < 400 else { return response }
            response.headers.set("Cache-Control", "public, max-age=31536000, immutable")
            response.headers.set("Content-Security-Policy", Self.filePolicy)
            response.headers.set("Cross-Origin-Resource-Policy", "cross-origin")
            response.headers.set("Content-Disposition", ContentDisposition.text(file))
            return response
        }
    }

    /// A file that is opened by itself is shown and can do nothing.
    private static let filePolicy = "default-src 'none'; img-src 'self'; media-src 'self'; sandbox"
}

/// How a file is to be shown, and under which name it is saved (RFC 6266).
enum ContentDisposition {
    static func text(_ file: StoredMedia) -> String {
        let kind = file.form.isShownInline ? "inline" : "attachment"
        let plain = file.name.unicodeScalars.map { scalar in
            let isPlain =
                (0x20..<0x7F).contains(scalar.value) && scalar != "\"" && scalar != "\\"
                && scalar != "%"
            return isPlain ? String(scalar) : "_"
        }.joined()
        let field = "\(kind); filename=\"\(plain)\""
        if plain == file.name { return field }
        return "\(field); filename*=UTF-8''\(PercentCoding.encode(file.name))"
    }
}
