# syntax=docker/dockerfile:1
# EdgeGateway as a container: one binary, no shell, no package manager, nothing to write.
#
#   docker build -t edge-gateway .
#   docker buildx build --platform linux/amd64,linux/arm64 -t edge-gateway .
#   docker run --read-only --cap-drop ALL -p 8080:8080 -e OPENAI_API_KEY edge-gateway
#   docker run ... -v ./my.yaml:/etc/edge/edge.yaml:ro edge-gateway     (in place of the configuration below)
#
# Both bases can come from a mirror (--build-arg SDK_IMAGE=...) and be pinned by digest there.
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled

# On the builder's own architecture: the other one is cross-built, which is minutes faster than emulating the compiler.
FROM --platform=$BUILDPLATFORM ${SDK_IMAGE} AS build
ARG TARGETARCH
WORKDIR /source
COPY . .
# The same command as outside: it installs the linker, and for another architecture Debian's and Ubuntu's cross packages.
RUN ./run.sh --build-only --rid "linux-$TARGETARCH" \
    && mkdir -p /image/app /image/etc/edge \
    && cp artifacts/publish/linux-*/edge artifacts/publish/linux-*/libe_sqlite3.so LICENSE /image/app/ \
    # The semantic cache has its library and model beside the binary. The library is C++: the base brings libstdc++ (its "aot" variant would not).
    && cp artifacts/publish/linux-*/libonnxruntime.so artifacts/publish/linux-*/embedding-en.* /image/app/ \
    && cp deploy/container.yaml /image/etc/edge/edge.yaml

# The base brings glibc, OpenSSL, the authorities' certificates and a user, and has no shell.
FROM ${RUNTIME_IMAGE}
COPY --from=build /image/ /
ENV EDGE_CONFIG=/etc/edge/edge.yaml
USER 1654:1654
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=3s --start-period=2s --retries=3 CMD ["/app/edge", "health"]
ENTRYPOINT ["/app/edge"]
