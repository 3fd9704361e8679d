#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# recipes_duckdb.py: the rows of a query, through DuckDB's C interface, as its own program prints them in list mode.
#
#   recipes_duckdb.py LIBRARY <QUERY
import ctypes
import sys


class Result(ctypes.Structure):
    _fields_ = [("private", ctypes.c_void_p * 6)]  # duckdb_result of duckdb.h


library = ctypes.CDLL(sys.argv[1])
library.duckdb_result_error.restype = ctypes.c_char_p
library.duckdb_row_count.restype = library.duckdb_column_count.restype = ctypes.c_uint64
library.duckdb_value_varchar.restype = ctypes.c_void_p
library.duckdb_value_varchar.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint64]

database, connection, result = ctypes.c_void_p(), ctypes.c_void_p(), Result()
if library.duckdb_open(None, ctypes.byref(database)) or library.duckdb_connect(database, ctypes.byref(connection)):
    sys.exit("no database")
if library.duckdb_query(connection, sys.stdin.read().encode(), ctypes.byref(result)):
    sys.exit(library.duckdb_result_error(ctypes.byref(result)).decode())


def text(column, row):
    value = library.duckdb_value_varchar(ctypes.byref(result), column, row)
    return ctypes.string_at(value).decode() if value else "NULL"


for row in range(library.duckdb_row_count(ctypes.byref(result))):
    print("|".join(text(column, row) for column in range(library.duckdb_column_count(ctypes.byref(result)))))
